"""Counts by region as shapes of a map: of the states of Mexico, and of the regions that they make."""
