"""Where each state of Mexico lies on a map of squares; nothing else of it, so that a page may know it cheaply."""

# Each state roughly where it lies: its code of ISO 3166-2, in rows from north to south; a dot is no state.
ROWS = (
    "BCN SON CHH COA NLE TAM",
    "BCS SIN DUR ZAC SLP",
    ". NAY AGU GUA QUE HID VER . . YUC",
    ". JAL MIC MEX CMX TLA PUE TAB CAM ROO",
    ". COL . GRO MOR OAX CHP",
)
TILES = {
    f"MX-{code}": (column, row)
    for row, line in enumerate(ROWS)
    for column, code in enumerate(line.split())
    if code != "."
}
