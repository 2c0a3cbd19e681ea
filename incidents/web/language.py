"""Which language a page speaks, and how days, moments and codes are said in it."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from babel.support import NullTranslations
from flask import Flask, current_app, g, request
from flask_babel import Babel, Domain, format_date, format_decimal, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from jinja2 import pass_context
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

from incidents.model import clock, kreyol, place, tongues, vocabulary
from incidents.model.moment import FIRST, Moment
from incidents.model.tongues import LANGUAGES
from incidents.model.vocabulary import NO_ANSWERS
from incidents.translations import catalogue

COOKIE = "language"
REGIONS = {"es": "es_MX", "pt": "pt_BR"}  # Mexico writes 12,345.6 and Brazil 12.345,6
GROWN = 18  # years, as the Convention on the Rights of the Child has it
CHILDREN = {
    **dict.fromkeys(("0-4", "5-9", "10-11", "12-14", "15-17", "CHI"), True),
    **dict.fromkeys(("18-24", "25-34", "35-44", "45-59", "60+", "ADU"), False),
}  # band → whether it is one of children
WOMEN_AND_MEN = {"F": _l("Woman"), "M": _l("Man"), "TW": _l("Trans woman"), "TM": _l("Trans man")}
# Nobody in a shelter calls somebody of sixteen a child; in Spanish they are “adolescentes” from twelve on.
TEENAGE = range(12, GROWN)
TEENAGE_BANDS = frozenset({"12-14", "15-17"})
TEENAGERS = {
    "F": _l("Teenage girl"), "M": _l("Teenage boy"), "TW": _l("Trans teenage girl"), "TM": _l("Trans teenage boy"),
}  # fmt: skip
GIRLS_AND_BOYS = {"F": _l("Girl"), "M": _l("Boy"), "TW": _l("Trans girl"), "TM": _l("Trans boy")}
NOT_CODES = {"country", "municipality", "state"}  # lists of places; they have a file of their own


def register(app: Flask) -> None:
    kreyol.lay()
    babel = Babel(app, locale_selector=lambda: REGIONS.get(chosen(), chosen()))
    babel.domain_instance = Sentences()
    said = {
        "day": day,
        "minute": minute,
        "moment": moment,
        "label": label,
        "place": in_words,
        "between": between,
        "called": called,
    }
    for name, filtered in {**said, "number": format_decimal}.items():
        app.jinja_env.filters[name] = _at_each_look(filtered)
    app.jinja_env.filters["tag"] = tongues.tag
    app.jinja_env.globals.update(codes=codes, words_of_codes=_words_of_codes(app))
    app.jinja_env.tests.update(retired=retired)


def _words_of_codes(app: Flask) -> Callable[[], TemplateModule]:
    """The words for the program's own codes: four hundred sentences, looked up once for all pages of a language."""

    @lru_cache(maxsize=4 * len(LANGUAGES))
    def told(_language: str, _second: str, _lists: str) -> TemplateModule:
        return app.jinja_env.get_template("_words.html").make_module()

    return lambda: told(speaks(), reads(), vocabulary.version())


def _at_each_look(said: Callable[..., str]) -> Callable[..., str]:
    """A filter that is asked whenever a page is made.

    Of a constant the compiler of templates would ask it once, and all would read the language of who came first.
    """

    @pass_context
    def filtered(_context: Context, *values: Any, **more: Any) -> str:
        return said(*values, **more)

    return filtered


class Sentences(Domain):  # type: ignore[misc]  # Flask-Babel comes without types
    """What pages say; a sentence that its language has no words for comes in the language that stands in."""

    def get_translations(self) -> NullTranslations:
        return catalogue(speaks())


def chosen() -> str:
    """The account's language; before a sign-in the one that was picked, then the browser's, then the organisation's."""
    user = getattr(g, "user", None)
    if request.path.startswith("/api/") and (asked := _asked()):
        return asked  # a program says which it wants of this answer
    if user is not None:
        return str(user.language)
    picked = request.cookies.get(COOKIE, "")
    if picked in LANGUAGES:
        return picked
    own = current_app.extensions["settings"].language
    return _asked() or (own if own in LANGUAGES else "en")


def _asked() -> str | None:
    """The first language of the browser or program that is spoken here: es-MX before en is es."""
    wanted = (tag.split("-")[0].casefold() for tag, quality in request.accept_languages if quality > 0)
    return next((tag for tag in wanted if tag in LANGUAGES), None)


def speaks() -> str:
    locale = get_locale()
    return str(locale.language) if locale else "en"


def reads() -> str:
    """Of the two languages of what leaves the house, the one that whoever looks at it reads."""
    return tongues.stands_in(speaks())


def day(value: date | str | None) -> str:
    """A day in words, so that no one mistakes month and day."""
    if not value:
        return ""
    on = date.fromisoformat(value) if isinstance(value, str) else value
    said = str(format_date(on, "long"))
    return FIRST.get(speaks(), "1") + said[1:] if on.day == 1 and said.startswith("1 ") else said


def minute(value: datetime | None) -> str:
    """The minute of a day, as the clock says where the organisation works."""
    return f"{clock.minute_of(value):%H:%M}" if value else ""


def moment(value: Any) -> str:
    """A moment as precisely as it is known, and not more."""
    return Moment.from_json(value).in_words(speaks()) if value else ""


def in_words(value: Any) -> str:
    return place.Place.kept(value).in_words(speaks()) if value else ""


def label(code: Any, name: str) -> str:
    """The label of a code of a list, or of a country, state or municipality."""
    if code in (None, ""):
        return ""
    no_answer = vocabulary.codes("no_answer").get(str(code).removeprefix("?"))
    if name in NOT_CODES or name == "nationality":
        if no_answer is not None:
            return no_answer.label(speaks())
        stateless = vocabulary.codes("nationality").get(str(code))
        return stateless.label(speaks()) if stateless else _place_label(str(code), name)
    return vocabulary.label(name, str(code), speaks())


def _place_label(code: str, name: str) -> str:
    if name == "municipality":
        return place.told_apart(code)
    if name == "state":
        return place.state_label(code, speaks())
    return place.country_label(code, speaks())


def called(gender: str | None, age: int | None, band: str | None = None) -> str:
    """“Woman”, “teenage girl” or “girl” where the age says which, else the label of the code, which leaves it open."""
    if not gender:
        return ""
    if gender in NO_ANSWERS:
        return between(gender, "gender")
    child = age < GROWN if age is not None else CHILDREN.get(band or "")
    teenage = age in TEENAGE if age is not None else band in TEENAGE_BANDS
    said = {} if child is None else TEENAGERS if teenage else GIRLS_AND_BOYS if child else WOMEN_AND_MEN
    return str(said.get(gender) or label(gender, "gender"))


def between(code: str | None, name: str) -> str:
    """A label among others of a person. Where it is no answer it says of what: “Nationality: preferred not to say”."""
    what = {"gender": _("Gender"), "age_band": _("Age"), "nationality": _("Nationality")}[name]
    return f"{what}: {label(code, name)}" if code in NO_ANSWERS else label(code, name)


def codes(name: str) -> list[str]:
    """The codes that are offered, in the order people look for them: places by name, others as the list has them."""
    if name in NOT_CODES or name == "nationality":
        return _places(name, speaks(), place.catalogue())
    return vocabulary.offered(name)


def retired(code: str, name: str) -> bool:
    """Whether it is a code of this list that is offered no more."""
    return code in vocabulary.lists().get(name, {}) and code not in vocabulary.offered(name)


@cache
def _places(name: str, language: str, _catalogue: object) -> list[str]:
    """Countries, Mexico's states, the municipalities we know; sorted once a language and catalogue."""
    if name == "municipality":
        return sorted(place.municipalities(), key=lambda code: _folded(place.municipality_label(code)))
    if name == "state":
        mexican = [code for code in place.states() if code.startswith("MX-")]
        return sorted(mexican, key=lambda code: _folded(place.state_label(code, language)))
    countries = sorted(place.countries(), key=lambda code: _folded(place.country_label(code, language)))
    return [*countries, *vocabulary.codes("nationality")] if name == "nationality" else countries


def _folded(text: str) -> str:
    """Without marks: Á stands beside A."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
