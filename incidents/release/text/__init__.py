"""The text of a release as DOCX and HTML, English and Spanish: methodology, tables, charts, map, accounts, notes."""
