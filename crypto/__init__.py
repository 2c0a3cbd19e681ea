"""Keys and seals; knows no web, no database, no product."""
