"""How a free table is said in an address, by a program and in a manifest."""

import pytest

from incidents.release.free import Free


@pytest.mark.parametrize(
    "one",
    [Free("gender"), Free("act", "state", "persons"), Free("year", "", "families", (("gender", "F"),))],
)
def test_a_table_is_said_and_read_again(one):
    assert Free.of(one.said()) == one


def test_the_least_that_says_a_table():
    assert Free.of("gender") == Free("gender")
    assert Free.of("gender|act_group") == Free("gender", "act_group")
