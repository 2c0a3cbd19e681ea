# Opens data.csv with the labels of codebook.csv. Run it in this folder; it needs nothing but R.
language <- "en" # or "es"

# Everything is text: "NA" is no missing value here, and 0604 keeps its zero.
read <- function(path) {
  read.csv(path, colClasses = "character", na.strings = character(), check.names = FALSE, encoding = "UTF-8")
}
rows <- read("data.csv")
codebook <- read("codebook.csv")
coded <- codebook[codebook$code != "", ]

labelled <- rows
for (column in unique(coded$column)) {
  codes <- coded[coded$column == column, ]
  found <- match(rows[[column]], codes$code)
  labelled[[column]] <- ifelse(is.na(found), rows[[column]], codes[[paste0("label_", language)]][found])
}

cat(nrow(rows), "rows. A row is neither a person nor an incident: read README.txt before you count.\n")
for (column in names(rows)) {
  if (any(coded$column == column & coded$number != "")) {
    cat("\n")
    print(sort(table(labelled[[column]], dnn = column), decreasing = TRUE))
  }
}

# With the package haven, the labels come with the file, and what is missing is tagged:
#   data <- haven::read_dta("data.dta"); haven::as_factor(data$gender)
