"""Find and open incidents: one record read whole, lists with filters, words looked for in what was told.

What a job has not published is found by nobody, and what was merged into another incident is read there.
"""

from incidents.search.facets import COMPARTMENTS as INDEX_COMPARTMENTS
from incidents.search.facets import KIND as INDEX
from incidents.search.facets import complete, file, mark_complete, refile
from incidents.search.facets import run as run_index
from incidents.search.figures import Figures, live
from incidents.search.figures import Row as Counted
from incidents.search.filters import Filter, Sort
from incidents.search.lists import (
    MOST_COUNTED,
    PER_PAGE,
    Line,
    Slice,
    assignable,
    lines,
    listed,
    mark_of,
    read_mark,
    total_of,
)
from incidents.search.people import COMPARTMENTS as PEOPLE_COMPARTMENTS
from incidents.search.people import KIND as PEOPLE
from incidents.search.people import REASONS
from incidents.search.people import check as check_person
from incidents.search.people import run as run_people
from incidents.search.record import (
    Known,
    Opened,
    act_numbers,
    acts_of,
    find,
    incident,
    kept,
    kept_all,
    open_incident,
    open_person,
    people_of,
    person,
    sources_of,
    together,
    told_apart,
)
from incidents.search.saved import forget as forget_filter
from incidents.search.saved import own as own_filters
from incidents.search.saved import save as save_filter
from incidents.search.told import reports as reports_told
from incidents.search.told import run as run_find
from incidents.search.told import snippets as snippets_told
from incidents.search.walking import FEW, Mark, Walk
from incidents.search.words import COMPARTMENTS as FIND_COMPARTMENTS
from incidents.search.words import KIND as FIND
from incidents.search.words import check, snippets

__all__ = [
    "FEW",
    "FIND",
    "FIND_COMPARTMENTS",
    "INDEX",
    "INDEX_COMPARTMENTS",
    "MOST_COUNTED",
    "PEOPLE",
    "PEOPLE_COMPARTMENTS",
    "PER_PAGE",
    "REASONS",
    "Counted",
    "Figures",
    "Filter",
    "Known",
    "Line",
    "Mark",
    "Opened",
    "Slice",
    "Sort",
    "Walk",
    "act_numbers",
    "acts_of",
    "assignable",
    "check",
    "check_person",
    "complete",
    "file",
    "find",
    "forget_filter",
    "incident",
    "kept",
    "kept_all",
    "lines",
    "listed",
    "live",
    "mark_complete",
    "mark_of",
    "open_incident",
    "open_person",
    "own_filters",
    "people_of",
    "person",
    "read_mark",
    "refile",
    "reports_told",
    "run_find",
    "run_index",
    "run_people",
    "save_filter",
    "snippets",
    "snippets_told",
    "sources_of",
    "together",
    "told_apart",
    "total_of",
]
