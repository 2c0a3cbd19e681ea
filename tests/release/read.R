# Reads every file of the pack in this folder and prints its values as JSON: file → column → texts.
# Labelled numbers are printed as "number: label", what Stata calls .a as ".a: label".
options(encoding = "UTF-8")
texts <- function(table) lapply(as.list(table), function(column) enc2utf8(as.character(column)))

labelled <- function(column) {
  labels <- attr(column, "labels", exact = TRUE)
  values <- unclass(column)
  if (is.null(labels)) return(enc2utf8(as.character(column)))
  tags <- haven::na_tag(as.double(values))
  numbers <- ifelse(is.na(tags), as.character(as.double(values)), paste0(".", tags))
  named <- ifelse(is.na(haven::na_tag(labels)), as.character(as.double(labels)), paste0(".", haven::na_tag(labels)))
  paste0(numbers, ": ", names(labels)[match(numbers, named)])
}

csv <- function(path) {
  readr::read_csv(path, col_types = readr::cols(.default = "c"), na = character(), trim_ws = FALSE, progress = FALSE)
}

said <- list(
  "data.csv" = texts(csv("data.csv")),
  "data-excel.csv" = texts(csv("data-excel.csv")),
  "codebook.csv" = texts(csv("codebook.csv")),
  "data.xlsx" = texts(readxl::read_excel("data.xlsx", "Data", col_types = "text", na = character(), trim_ws = FALSE)),
  "data.json" = texts(jsonlite::fromJSON("data.json")),
  "data.dta" = lapply(as.list(haven::read_dta("data.dta")), labelled),
  "data.sav" = lapply(as.list(haven::read_sav("data.sav", user_na = TRUE)), labelled),
  "labels" = lapply(haven::read_dta("data.dta"), function(column) attr(column, "label", exact = TRUE)),
  "missing" = lapply(haven::read_sav("data.sav", user_na = TRUE), function(column) attr(column, "na_values"))
)
writeLines(jsonlite::toJSON(said, auto_unbox = FALSE, na = "string", null = "list"), "read.json", useBytes = TRUE)
