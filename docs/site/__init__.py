"""The documents as a site of plain files: `./run site` writes it, nothing in it asks another machine for anything."""
