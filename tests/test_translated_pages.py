"""Every page, with records on it, in every language: none is a fault, and in Spanish none speaks English."""

import html
import re
from collections.abc import Iterator
from itertools import cycle

import pytest

from incidents.model.tongues import FURTHER
from incidents.model.vocabulary import Role
from incidents.web import language as screen
from tests.addresses import Answer, answered, methods, rules
from tests.scene import Scene, scene
from tests.web.test_translated_walk import WHOLE, WITHIN

the_scene = scene  # a record of each kind, and somebody in each role
MARKUP = re.compile(r"<(script|style|code)\b.*?</\1>|<(\w+)[^>]*\blang=\"en\"[^>]*>.*?</\2>", re.DOTALL)
HTML = "text/html"
TAGS = re.compile(r"<[^>]*>")


def pages(scene: Scene, *, by_each: bool) -> Iterator[Answer]:
    """What is seen of each page: by each role, or by the first that sees it."""
    for rule in rules(scene.app):
        if "GET" not in methods(rule) or rule.rule.startswith("/api/"):
            continue
        for who in sorted(Role):
            answers = list(answered(scene, rule, "GET", who))
            shown = [
                each
                for each in answers
                if each.status == 200 and each.headers["Content-Type"].startswith(HTML)
            ]
            yield from shown
            yield from (each for each in answers if each.status >= 500)
            if shown and not by_each:
                break


@pytest.mark.slow
def test_every_page_is_translated_into_spanish_whoever_looks_at_it(the_scene, monkeypatch):
    monkeypatch.setattr(screen, "chosen", lambda: "es")
    seen = list(pages(the_scene, by_each=True))
    assert len({page.endpoint for page in seen}) > 60
    assert [page.place for page in seen if page.status >= 500 or not speaks(page, "es")] == []
    assert {page.endpoint: found for page in seen if (found := english_on(page.text))} == {}


@pytest.mark.slow
def test_every_page_is_translated_without_a_fault_in_one_of_the_further_languages(the_scene, monkeypatch):
    """By turns, so that each kind of page is asked for once."""
    turns = cycle(FURTHER)
    now = {"language": next(turns)}
    monkeypatch.setattr(screen, "chosen", lambda: now["language"])
    seen = 0
    for page in pages(the_scene, by_each=False):
        assert page.status < 500, (page.place, now)
        assert speaks(page, now["language"]), (page.place, now)
        now["language"] = next(turns)
        seen += 1
    assert seen > 60


def speaks(page: Answer, language: str) -> bool:
    """Whether it says that it is in this language; a fragment says nothing."""
    return "<html" not in page.text or f'<html lang="{language}"' in page.text


def english_on(page: str) -> set[str]:
    """The program's sentences that stand on it in English."""
    texts = [re.sub(r"\s+", " ", html.unescape(text)).strip() for text in TAGS.split(MARKUP.sub("", page))]
    return {text for text in texts if text in WHOLE} | {
        said for text in texts for said in WITHIN if said in text
    }
