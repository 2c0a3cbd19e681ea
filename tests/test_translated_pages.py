"""Every page, with records on it, in every language: none is a fault, and in Spanish none speaks English."""

import html
import re
from collections.abc import Iterator

import pytest

from incidents.model.tongues import FURTHER
from incidents.model.vocabulary import Role
from incidents.web import language as screen
from tests.test_matrix import Answer, Scene, _asked, methods, rules, scene
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
            answers = list(_asked(scene, rule, "GET", who))
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
@pytest.mark.parametrize("language", ["es", *FURTHER])
def test_every_page_is_translated_and_none_is_a_fault(the_scene, language, monkeypatch):
    monkeypatch.setattr(screen, "chosen", lambda: language)
    seen = list(pages(the_scene, by_each=language == "es"))
    assert len({page.endpoint for page in seen}) > 60
    assert [page.place for page in seen if page.status >= 500] == []
    whole = [page for page in seen if "<html" in page.text]
    assert [page.place for page in whole if f'<html lang="{language}"' not in page.text] == []
    if language == "es":
        assert {page.endpoint: found for page in seen if (found := english_on(page.text))} == {}


def english_on(page: str) -> set[str]:
    """The program's sentences that stand on it in English."""
    texts = [re.sub(r"\s+", " ", html.unescape(text)).strip() for text in TAGS.split(MARKUP.sub("", page))]
    return {text for text in texts if text in WHOLE} | {
        said for text in texts for said in WITHIN if said in text
    }
