"""Keys and seals, against public vectors and every kind of damage."""
