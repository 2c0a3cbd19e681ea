"""The API, held against what it promises."""
