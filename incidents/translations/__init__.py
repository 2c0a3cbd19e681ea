"""Languages: a catalogue each, and the marks for sentences that a library wrote."""
