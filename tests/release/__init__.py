"""The engine of a release: from rows to files that can be measured."""
