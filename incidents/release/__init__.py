"""From verified incidents to data that can be published."""
