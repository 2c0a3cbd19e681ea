"""What comes in: files, mappings, forms."""
