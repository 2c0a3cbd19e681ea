"""Tables of a release: counted, protected, audited, shown."""
