"""Opens data.csv with the labels of codebook.csv. Run it in this folder; it needs pandas."""

import pandas as pd

LANGUAGE = "en"  # or "es"

# Everything is text: "NA" is no missing value here, and 0604 keeps its zero.
rows = pd.read_csv("data.csv", dtype=str, keep_default_na=False, encoding="utf-8")
codebook = pd.read_csv("codebook.csv", dtype=str, keep_default_na=False, encoding="utf-8")

labelled = rows.copy()
for column, codes in codebook[codebook["code"] != ""].groupby("column"):
    labels = dict(zip(codes["code"], codes[f"label_{LANGUAGE}"], strict=True))
    labelled[column] = rows[column].map(lambda value, labels=labels: labels.get(value, value))

print(f"{len(rows)} rows. A row is neither a person nor an incident: read README.txt before you count.")
for column in rows.columns:
    if codebook.loc[codebook["column"] == column, "number"].ne("").any():
        print()
        print(labelled[column].value_counts().to_string())

# Other formats, with the same rows in the same order:
#   pd.read_parquet("data.parquet")    pd.read_json("data.json", dtype=False)    pd.read_stata("data.dta")
