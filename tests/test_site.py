"""The documents as pages: what they lead to is there, nothing asks another machine, a dead link stops the site."""

import re
from html import unescape

import pytest
from axe_playwright_python.sync_playwright import Axe

from docs.site import __main__ as site
from tests.browser import PHONE

LINK = re.compile(r'(?:href|src)="([^"]*)"')


@pytest.fixture
def built(tmp_path):
    assert site.main(tmp_path / "site") == 0
    return tmp_path / "site"


def test_every_document_is_a_page_and_every_link_leads_to_one(built):
    pages = list(built.rglob("*.html"))
    assert len(pages) == len(site.sources())
    for page in pages:
        text = page.read_text("utf-8")
        assert "{{" not in re.sub(r"<code.*?</code>", "", text, flags=re.DOTALL), page
        for link in map(unescape, LINK.findall(text)):
            if re.match(r"https?:|mailto:", link):
                assert f'src="{link}"' not in text  # nothing is loaded from elsewhere
                continue
            name, _hash, anchor = link.partition("#")
            aim = (page.parent / name).resolve() if name else page
            assert aim.is_file(), (page, link)
            if anchor and anchor != "main":
                assert f'id="{anchor}"' in aim.read_text("utf-8"), (page, link)


def test_a_link_that_leads_nowhere_stops_it(tmp_path, monkeypatch, capsys):
    docs = tmp_path / "docs"
    (docs / "pictures").mkdir(parents=True)
    (docs / "index.md").write_text("# Documents\n\n## All\n[a](other.md) [b](other.md#no)\n", "utf-8")
    (docs / "other.md").write_text("# Other\n[gone](gone.md)\n", "utf-8")
    monkeypatch.setattr(site, "DOCS", docs)
    monkeypatch.setattr(site, "HERE", tmp_path)
    monkeypatch.setattr(site, "OTHERS", ())
    assert site.main(tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert "other.md has no heading #no" in said
    assert "nothing is at" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index.html", "verification.html", "decisions/0001-two-databases.html"])
def test_axe_finds_nothing_on_a_phone(built, open_page, name):
    page = open_page(viewport=PHONE)
    page.goto((built / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page, options={"preload": False}).violations_count == 0
