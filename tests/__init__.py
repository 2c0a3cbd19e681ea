"""What the house promises, one file a promise."""
