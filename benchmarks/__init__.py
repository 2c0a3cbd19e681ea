"""What we claim about speed, run again with one command: ./run bench."""
