* Opens data.dta, which has its labels in it. Run it in this folder; Stata 14 or newer.
version 14
use "data.dta", clear
display _N " rows. A row is neither a person nor an incident: read README.txt before you count."
describe
* .a is "not recorded", .b "not shown to protect people": Stata leaves both out of a table unless you ask for them.
* The numbers of a label hold in this file only. To put files side by side, join on the codes in codebook.csv.
foreach name of varlist _all {
    local labels : value label `name'
    if "`labels'" != "" {
        tabulate `name', missing sort
    }
}
