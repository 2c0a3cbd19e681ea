"""No list ends its order with a day or a moment: rows of one day would change places from one page to the next.

Read from the program's own text, so that a new list is held too.
"""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "incidents"
TIMES = ("_on", "_at", "day", "moment", "until")


def calls(name):
    for path in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                yield path.relative_to(HOUSE), node


def function_calls(names):
    for path in sorted((HOUSE / "api").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield path.relative_to(HOUSE), node


def named(column):
    """The column that an order ends with, whichever way it runs."""
    while isinstance(column, ast.Call) and isinstance(column.func, ast.Attribute):
        column = column.func.value  # .desc()
    return column.attr if isinstance(column, ast.Attribute) else ""


def ends_with_a_time(call):
    return bool(call.args) and named(call.args[-1]).endswith(TIMES)


def test_no_question_to_the_database_orders_by_a_day_alone():
    found = [f"{path}:{node.lineno}" for path, node in calls("order_by") if ends_with_a_time(node)]
    assert found == []


# What else no two rows of a list have in common.
ALONE = {
    "each[0].number": "a block of the trail",
    "each[0]": "a place that is drawn",
    "each.question.key": "a question of one sheet",
    "each.name": "a policy",
    "str(each.data_date)": "an edition of a series",
    "row[1]": "a period of one place",
}


def test_every_place_in_a_list_of_the_api_ends_with_what_one_row_alone_has():
    places = [
        (f"{path}:{node.lineno}", argument.body.elts[-1])
        for path, node in function_calls({"sliced", "cut"})
        for argument in node.args
        if isinstance(argument, ast.Lambda) and isinstance(argument.body, ast.Tuple)
    ]
    assert len(places) > 20
    ends = [(where, ast.unparse(last)) for where, last in places]
    assert [each for each in ends if not each[1].endswith((".id)", "['id'])")) and each[1] not in ALONE] == []


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("query.order_by(Job.made_at)", True),
        ("query.order_by(Job.kind, Job.made_at.desc())", True),
        ("query.order_by(Job.made_at.desc(), Job.id)", False),
        ("query.order_by(Act.number)", False),
    ],
)
def test_such_a_question_would_be_found(text, alone):
    assert ends_with_a_time(ast.parse(text, mode="eval").body) == alone
