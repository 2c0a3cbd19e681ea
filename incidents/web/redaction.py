"""The redaction desk: an account, sentence by sentence; what stands beside the name; the signatures."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from incidents import redaction, search
from incidents.errors import Conflict, InvalidInput, NotFound, Problem
from incidents.gate import needs
from incidents.model.quote import Quote, QuoteKind, QuoteState
from incidents.redaction import AccountChanged, Looked, Quoted
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.numbers import whole
from incidents.web.quotes import called, month
from incidents.web.records import as_id, who
from incidents.work import Permission, Unreadable

routes = Blueprint("redaction", __name__, url_prefix="/redaction")
P = Permission
MORE = ("more.words", "more.do")
ALL_DECIDED = -1
UNNUMBERED = 1 << 30  # after everybody who has a number


@routes.get("")
@needs(P.REVIEW_DECIDE)
def listed() -> Response:
    """Everything on the desk and what came of it; none of it is opened."""
    return page("redaction/list.html", quotes=[_line(each) for each in redaction.listed(work())])


def _line(quote: Quote) -> dict[str, Any]:
    return {
        "url": url_for("redaction.desk", id=quote.id),
        "kind": quote.kind.value,
        "state": quote.state.value,
        "reference": search.incident(work(), quote.incident_id).reference,
        "begun_on": quote.begun_on,
        "redactors": [who(UUID(id)) for id in quote.redactors],
        "waits_for_me": redaction.waits_for(work(), quote) and quote.state == QuoteState.SIGNED_ONCE,
    }


# -- begun


@routes.route("/incident/<uuid:id>", methods=["GET", "POST"])
@needs(P.REVIEW_DECIDE)
def new(id: UUID) -> Response:
    """The accounts of an incident, one of which is put on the desk; and what was made of it before."""
    incident = search.incident(work(), id)
    sources = redaction.offered(work(), id)
    context: dict[str, Any] = {
        "incident": {"reference": incident.reference, "url": url_for("incident.show", id=id)},
        "accounts": [
            (str(each.part.id), _("Report %(reference)s", reference=each.report.reference), each.text)
            for each in sources
        ],
        "quotes": [_line(each) for each in redaction.of_incident(work(), id)],
    }
    if request.method == "GET":
        return page("redaction/new.html", **context)
    try:
        kind = request.form.get("kind", "")
        if kind not in (QuoteKind.QUOTE, QuoteKind.ACCOUNT):
            raise InvalidInput({"kind": [_("Choose what it is to become.")]})
        quote = redaction.begin(work(), id, as_id(request.form.get("part", "")), QuoteKind(kind))
    except NotFound:
        raise
    except Problem as problem:
        return wrong("redaction/new.html", problem, why=problem.details.get("reason"), **context)
    return go("redaction.desk", id=quote.id)


@routes.route("/incident/<uuid:id>/case", methods=["GET", "POST"])
@needs(P.REVIEW_DECIDE)
def case(id: UUID) -> Response:
    """What happened to one person of an incident, written by hand for a list of cases."""
    incident = search.incident(work(), id)
    context: dict[str, Any] = {
        "incident": {"reference": incident.reference, "url": url_for("redaction.new", id=id)},
        "persons": sorted(_subjects(id), key=lambda each: each["number"] or UNNUMBERED),
    }
    if request.method == "GET":
        return page("redaction/case.html", **context)
    person = request.form.get("person", "")
    try:
        if person not in [each["id"] for each in context["persons"]]:
            raise InvalidInput({"person": [_("Choose whom it is about.")]})
        language = request.form.get("language", "")
        quote = redaction.begin_case(work(), id, as_id(person), *_written(), language)
    except NotFound:
        raise
    except Problem as problem:
        return wrong("redaction/case.html", problem, why=problem.details.get("reason"), **context)
    return go("redaction.desk", id=quote.id)


def _subjects(incident: UUID) -> Iterator[dict[str, Any]]:
    """Whoever a case may be about, by their number on the page of the incident; no name."""
    rows = search.people_of(work(), search.kept(work(), incident))
    known = {person.id: (number, facts) for number, (person, facts) in enumerate(rows, 1)}
    for person, _part in redaction.subjects(work(), incident):
        number, facts = known.get(person.id, (None, None))
        opened = None if isinstance(facts, Unreadable) else facts
        yield {"id": str(person.id), "number": number, "facts": opened}


def _written() -> tuple[str, str]:
    return request.form.get("text", ""), request.form.get("risk", "")


# -- the desk


@routes.route("/<uuid:id>", methods=["GET", "POST"])
@needs(P.REVIEW_DECIDE)
def desk(id: UUID) -> Response:
    """One quote with its account. What is decided takes the signatures back."""
    quote = redaction.one(work(), id)
    if quote.state == QuoteState.RECALLED:
        return page("redaction/recalled.html", quote=_line(quote), why=quote.recalled_for)
    if request.method == "GET":
        return _shown(quote)
    deed = DEEDS.get(request.form.get("deed", ""))
    if deed is None:
        raise NotFound
    try:
        redaction.must_be_as_read(quote, request.form.get("version", type=whole))
        after = deed(quote)
    except (Conflict, NotFound):
        raise
    except Problem as problem:
        return wrong("redaction/desk.html", problem, why=problem.details.get("reason"), **_context(quote))
    return go("redaction.desk", id=id, **after)


def _shown(quote: Quote) -> Response:
    """The desk; of an account that reads otherwise by now, only the way to take the quote off it."""
    try:
        return page("redaction/desk.html", **_context(quote))
    except AccountChanged as problem:
        about = {**_line(quote), "version": quote.version}
        return page(
            "redaction/recalled.html",
            quote=about,
            why="",
            changed=problem.said(_),
            reasons=redaction.RECALLED_FOR,
        )


def _decide(quote: Quote) -> dict[str, Any]:
    at, count = request.form.get("at", type=whole), request.form.get("count", type=whole)
    if at is None or count is None:
        raise NotFound
    words, do = (request.form.get(name, "").strip() for name in MORE)
    take = request.form.get("take") == "in"
    does = [request.form.get(f"does.{number}", "") for number in range(count)]
    redaction.decide(work(), quote, at, take=take, does=does, more=[(words, do)] if words and take else [])
    return {"at": at if words and take else at + 1, "_anchor": "sentence"}


def _write(quote: Quote) -> dict[str, Any]:
    redaction.rewrite(work(), quote, *_written())
    say(_("Kept. What is found in it is looked at anew."))
    return {"_anchor": "sentence"}


def _leave(quote: Quote) -> dict[str, Any]:
    redaction.leave_the_rest(work(), quote)
    say(_("Everything that nobody looked at stays out."))
    return {}


def _say(quote: Quote) -> dict[str, Any]:
    roles = {
        as_id(name.removeprefix("role.")): how
        for name, how in request.form.items()
        if name.startswith("role.") and how
    }
    given: dict[str, Any] = dict.fromkeys(request.form.getlist("shown"), True)
    given |= {"age": request.form.get("age", ""), "language": request.form.get("language")}
    redaction.say(work(), quote, given, roles, request.form.get("restricted", ""))
    say(_("Kept."))
    return {"_anchor": "beside"}


def _draw(quote: Quote) -> dict[str, Any]:
    redaction.draw_again(work(), quote)
    return {"_anchor": "beside"}


def _sign(quote: Quote) -> dict[str, Any]:
    second = quote.state == QuoteState.SIGNED_ONCE
    redaction.sign(work(), quote, request.form.get("read", ""))
    say(
        _("Signed by two. It is on the shelf while everybody in it agrees.")
        if second
        else _("Signed. It waits for a second person.")
    )
    return {}


def _recall(quote: Quote) -> dict[str, Any]:
    redaction.recall(work(), quote, request.form.get("why", ""))
    say(_("Taken off. Nothing of it is on the shelf any more."))
    return {}


DEEDS = {
    "decide": _decide,
    "write": _write,
    "leave": _leave,
    "say": _say,
    "draw": _draw,
    "sign": _sign,
    "recall": _recall,
}


def _context(quote: Quote) -> dict[str, Any]:
    looked = redaction.look(work(), quote)
    numbers = redaction.numbered(each for each in looked.sentences if each["state"] != redaction.OUT)
    at = _at(looked)
    return {
        "quote": {**_line(quote), "version": quote.version, **_signatures(quote)},
        "incident_url": url_for("incident.show", id=quote.incident_id),
        "sentences": [
            {"number": number, "state": each["state"], "pieces": list(_pieces(looked, each, numbers))}
            for number, each in enumerate(looked.sentences)
        ],
        "open": _opened(looked, at, numbers) if at != ALL_DECIDED else None,
        "text": looked.text,
        "spoken": looked.language,
        "written": looked.source if quote.kind == QuoteKind.CASE else None,
        "risk": looked.risk,
        "called": _called(looked),
        "shown": looked.facts["shown"],
        "restricted": looked.facts["restricted"],
        "persons": _persons(looked),
        "left": looked.left,
        "refused": looked.scope.reason,
        "without": [name for name in ("no_place", "no_date") if getattr(looked.scope, name)],
        "digest": redaction.digest(work(), looked),
        "may_sign": redaction.waits_for(work(), quote),
        "on_shelf": _on_shelf(quote),
        "reasons": redaction.RECALLED_FOR,
    }


def _at(looked: Looked) -> int:
    """Which sentence is decided on: the one that was asked for, or the first that nobody looked at from there on."""
    asked, count = request.values.get("at", type=whole), len(looked.sentences)
    if asked is not None and request.args.get("again") and 0 <= asked < count:
        return asked
    if request.method == "POST" and asked is not None and 0 <= asked < count:
        return asked
    unseen = [n for n, each in enumerate(looked.sentences) if each["state"] == redaction.UNSEEN]
    later = [n for n in unseen if asked is not None and n >= asked]
    return next(iter([*later, *unseen]), ALL_DECIDED)


def _signatures(quote: Quote) -> dict[str, Any]:
    return {
        "signed": [
            (who(by), on)
            for by, on in ((quote.first_by, quote.first_on), (quote.second_by, quote.second_on))
            if by is not None
        ]
    }


def _on_shelf(quote: Quote) -> dict[str, Any] | None:
    """Of what two signed: whether it is on the shelf today, or why not."""
    if quote.state != QuoteState.SIGNED:
        return None
    found = redaction.judge(work(), [quote])[quote.id]
    return {"why": "" if isinstance(found, Quoted) else found}


def _called(looked: Looked) -> dict[str, str]:
    name = f"{looked.facts['given']} {looked.facts['initial']}."
    line = dict(looked.line)
    return {
        "name": name,
        "line": called(name, line),
        "state": line.get("state", ""),
        "month": month(line.get("month", "")),
    }


def _pieces(looked: Looked, sentence: Mapping[str, Any], numbers: Any) -> Iterator[dict[str, str]]:
    """A sentence as it was told, with what becomes of its words."""
    start, end = sentence["at"]
    for cut in sentence["cuts"]:
        yield {"text": looked.source[start : cut["at"][0]], "do": ""}
        words = looked.source[slice(*cut["at"])]
        yield {"text": words, "do": cut["do"] or "look", "instead": _instead(cut["do"], cut["n"], numbers)}
        start = cut["at"][1]
    yield {"text": looked.source[start:end], "do": ""}


def _instead(do: str, n: int, numbers: Mapping[tuple[str, int], int]) -> str:
    if do == redaction.CUT:
        return "[…]"
    return redaction.placeholder(do, numbers.get((do, n), 0)) if do in redaction.PLACEHOLDERS else ""


def _opened(looked: Looked, at: int, numbers: Mapping[tuple[str, int], int]) -> dict[str, Any]:
    """The sentence that is decided on, with the choices for each thing in it."""
    sentence = looked.sentences[at]
    choices = list(_choices(looked, numbers))
    return {
        "number": at,
        "state": sentence["state"],
        "choices": choices,
        "cuts": [
            {
                "words": looked.source[slice(*cut["at"])],
                "why": cut["why"],
                "chosen": redaction.as_said(cut),
            }
            for cut in sentence["cuts"]
        ],
    }


def _choices(looked: Looked, numbers: Mapping[tuple[str, int], int]) -> Iterator[tuple[str, str]]:
    """What may become of words: of persons and places those that are known, and one more."""
    yield redaction.KEEP, _("Keep it as it stands")
    yield redaction.CUT, _("Cut it: […]")
    for kind in redaction.PLACEHOLDERS:
        if kind not in redaction.NUMBERED:
            yield kind, redaction.placeholder(kind, 0)
            continue
        known = {n: number for (of, n), number in numbers.items() if of == kind}
        for n, number in sorted(known.items(), key=lambda pair: pair[1]):
            words = _first_words(looked, kind, n)
            yield f"{kind}:{n}", f"{redaction.placeholder(kind, number)} – {words}"
        new = max((n for _kind, n in numbers), default=0) + 1
        yield (
            f"{kind}:{new}",
            _("%(placeholder)s, another one", placeholder=redaction.placeholder(kind, len(known) + 1)),
        )


def _first_words(looked: Looked, kind: str, n: int) -> str:
    return next(
        looked.source[slice(*cut["at"])]
        for each in looked.sentences
        for cut in each["cuts"]
        if (cut["do"], cut["n"]) == (kind, n)
    )


def _persons(looked: Looked) -> list[dict[str, Any]]:
    """Whoever is in the incident by their number there; somebody of a report of it who is in another one, without."""
    rows = search.people_of(work(), search.kept(work(), looked.quote.incident_id))
    known = {person.id: (number, facts) for number, (person, facts) in enumerate(rows, 1)}
    return [
        {
            "id": id,
            "number": known[id][0] if id in known else None,
            "facts": known[id][1] if id in known and not isinstance(known[id][1], Unreadable) else None,
            "told": id in looked.tellers,
            "how": looked.facts["people"].get(str(id), ""),
        }
        for id in looked.people
    ]
