"""Two wordings of one text: nothing is lost, the words that changed are marked, and it takes no longer than it may."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.intake import wording

WORDS = st.lists(
    st.sampled_from(("a", "b", "casa", "casa", ".", "\n\n", "  ", "é", "👩‍👧", "بيت")), max_size=40
)


def marked(passages, side):
    return [run.text.strip() for each in passages for run in getattr(each, side) if run.marked]


def whole(passages, side):
    return "".join(run.text for each in passages for run in getattr(each, side))


def story(words, seed=1):
    chance = random.Random(seed)
    known = [f"palabra{number}" for number in range(400)]
    return [chance.choice(known) if n % 9 else f"única{n}" for n in range(words)]


@settings(max_examples=60, deadline=None)
@given(one=WORDS, other=WORDS)
def test_both_texts_can_be_read_whole_from_what_is_shown_round_trip(one, other):
    before, after = " ".join(one), " ".join(other)
    found = wording.passages(before, after)
    assert (whole(found, "before"), whole(found, "after")) == (before, after)
    assert bool(marked(found, "before") or marked(found, "after")) or before.split() == after.split()
    kept = [
        [run.text for each in found for run in getattr(each, s) if not run.marked]
        for s in ("before", "after")
    ]
    assert "".join(kept[0]).split() == "".join(kept[1]).split()


def test_of_a_long_text_only_the_changed_places_are_shown_and_the_rest_is_counted():
    words = story(2000)
    after = [*words[:500], "nuevo", *words[501:1500], *words[1503:]]
    found = wording.passages(" ".join(words), " ".join(after))
    assert [bool(each.same) for each in found] == [True, False, True, False, True]
    assert marked(found, "before") == [words[500], " ".join(words[1500:1503])]
    assert marked(found, "after") == ["nuevo"]
    assert [each.same for each in found if each.same] == [500 - 18, 999 - 2 * 18, 497 - 18]
    shown = sum(len(run.text.split()) for each in found if not each.same for run in each.after)
    assert shown < 80  # of two thousand, in one paragraph


@pytest.mark.parametrize(
    ("before", "after", "gone", "new"),
    [
        ("I was held. They left.", "I was held. Later she called. They left.", [], ["Later she called."]),
        ("held in a cellar", "held in the small cellar.", ["a"], ["the small", "."]),
        ("José llegó", "Jose\u0301 llegó", ["José"], ["Jose\u0301"]),  # another spelling is another text
        ("niña 👩‍👩‍👧 aquí", "niña 👩‍👧 aquí", ["👩‍👩‍👧"], ["👩‍👧"]),
        ("ذهبتُ إلى البيتِ مساءً", "ذهبتُ إلى السوقِ مساءً", ["البيتِ"], ["السوقِ"]),
        ("one two\nthree", "one two three", [""], []),
        ("", "all of it", [], ["all of it"]),
        ("the same", "the same", [], []),
        ("a line\r\nmore", "a line\nmore", ["line"], ["line"]),  # only the line end differs: then it does
        ("two  spaces", "two spaces", ["two"], ["two"]),
    ],
)
def test_the_words_that_changed_are_marked_and_no_others(before, after, gone, new):
    found = wording.passages(before, after)
    assert (marked(found, "before"), marked(found, "after")) == (gone, new)


@pytest.mark.parametrize("vocabulary", [1, 3, 10, 100, 3000])
def test_five_thousand_words_take_no_longer_whatever_they_are(vocabulary):
    """About a tenth of a second where it was measured; here it may be a slow machine with others at work."""
    chance = random.Random(7)
    one, other = ([f"w{chance.randrange(vocabulary)}" for _n in range(5000)] for _side in range(2))
    moved = [*one[2500:], *one[:2500]]
    for after in (other, moved, one[::-1], [w if n % 20 else f"x{n}" for n, w in enumerate(one)]):
        begun = time.process_time()
        wording.passages(" ".join(one), " ".join(after))
        assert time.process_time() - begun < 0.5
