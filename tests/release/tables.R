# Reads every sheet of the workbook of tables in this folder and prints its cells as JSON: sheet → rows → texts.
options(encoding = "UTF-8")
sheets <- readxl::excel_sheets("tables.xlsx")
said <- lapply(sheets, function(sheet) {
  read <- readxl::read_excel("tables.xlsx", sheet, col_names = FALSE, col_types = "text", na = character(),
                             trim_ws = FALSE, .name_repair = "minimal")
  lapply(seq_len(nrow(read)), function(row) enc2utf8(ifelse(is.na(unlist(read[row, ])), "", unlist(read[row, ]))))
})
names(said) <- sheets
writeLines(jsonlite::toJSON(said, auto_unbox = FALSE, na = "string"), "tables.json", useBytes = TRUE)
