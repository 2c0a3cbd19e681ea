"""What is counted in the written file, a subject a file. Nothing of the engine is known here: plain Python only."""
