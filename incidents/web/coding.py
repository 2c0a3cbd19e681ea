"""Double coding: samples, one's own sheets coded unseen, how far the coders agree and where they differ."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from incidents import agreement
from incidents.agreement import Figures, Measured, Sheet, Standing
from incidents.errors import InvalidInput, NotFound, Problem
from incidents.gate import needs
from incidents.model.coding import Coding, CodingState, Sample
from incidents.translations import into
from incidents.web.frame import go, page, say, work, wrong
from incidents.web.language import label
from incidents.web.numbers import whole
from incidents.web.records import as_id, who
from incidents.work import Permission

routes = Blueprint("coding", __name__, url_prefix="/coding")
P = Permission
USUAL_SIZE = 50
USUAL_DAYS = 183  # back from today
NATIONALITIES = 3  # that a sheet has room for


# -- samples


@routes.app_template_global("may_draw_samples")
def may_draw() -> bool:
    return work().actor.may(P.CODING_DRAW)


@routes.get("/")
@needs(P.CODING_READ)
def listed() -> Response:
    """Every sample, the newest first."""
    return page("coding/list.html", samples=[_line(each) for each in agreement.samples(work())])


def _named(sample: Sample) -> dict[str, Any]:
    return {"url": url_for("coding.show", id=sample.id), "drawn_on": sample.drawn_on}


def _line(sample: Sample, standing: Standing | None = None) -> dict[str, Any]:
    standing = standing or agreement.standing(work(), sample)
    mine = [row for row in standing.rows if row.coder == work().actor.id]
    return _named(sample) | {
        "coders": len(sample.coders),
        "closed": sample.closed_on is not None,
        "finished": standing.finished,
        "codes": str(work().actor.id) in sample.coders,
        "mine": len(mine),
        "done": sum(row.state == CodingState.DONE for row in mine),
    }


@routes.route("/draw", methods=["GET", "POST"])
@needs(P.CODING_DRAW)
def draw() -> Response:
    """How many reports of which days, who codes them, and what."""
    context: dict[str, Any] = {
        "members": [(str(user.id), user.name) for user in agreement.able(work())],
        "questions": [
            (words, [(each.key, _(each.words)) for each in agreement.QUESTIONS if each.group == group])
            for group, words in _groups()
        ],
        "usual": agreement.USUAL,
        "since": (work().today - timedelta(days=USUAL_DAYS)).isoformat(),
        "until": work().today.isoformat(),
        "size": USUAL_SIZE,
    }
    if request.method == "GET":
        return page("coding/draw.html", **context)
    try:
        wanted = _wanted()
        sample = agreement.draw(work(), wanted)
    except agreement.NothingToDraw as problem:
        return wrong("coding/draw.html", _counted(problem), **context)
    except InvalidInput as problem:
        return wrong("coding/draw.html", problem, **context)
    say(_said(wanted.size, agreement.drawn_of(work(), sample).size))
    return go("coding.show", id=sample.id)


def _counted(problem: agreement.NothingToDraw) -> InvalidInput:
    """Its sentence with the numbers in it."""
    return InvalidInput(
        {name: [_(each, **problem.details) for each in said] for name, said in problem.fields.items()}
    )


def _said(asked: int, found: int) -> str:
    if found == asked:
        return str(_("Drawn. The reports wait for those who code them."))
    return str(
        _(
            "Drawn: %(found)s of the %(asked)s you asked for; of these days no more can be. "
            "They wait for those who code them.",
            found=found,
            asked=asked,
        )
    )


def _groups() -> list[tuple[str, str]]:
    return [(group, _(words)) for group, words in agreement.GROUPS.items()]


def _wanted() -> agreement.Wanted:
    return agreement.Wanted(
        size=request.form.get("size", 0, type=whole),
        since=_day("since"),
        until=_day("until"),
        coders=[as_id(text) for text in request.form.getlist("coders")],
        questions=request.form.getlist("questions"),
        seed=request.form.get("seed", ""),
    )


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise InvalidInput({name: [_("Choose a day.")]}) from None


@routes.get("/<uuid:id>")
@needs(P.CODING_READ)
def show(id: UUID) -> Response:
    """How a sample was drawn, how far the coders are; once all have finished, how far they agree."""
    sample = agreement.sample(work(), id)
    mine, following = agreement.own(work(), sample), None
    if mine and sample.closed_on is None:
        following = agreement.next_of(work(), sample)
    standing = agreement.standing(work(), sample)
    counting, finished = {row.id for row in standing.rows}, standing.finished
    return page(
        "coding/show.html",
        sample=_line(sample, standing) | {"drawn_by": who(sample.drawn_by)},
        drawn=agreement.drawn_of(work(), sample),
        progress=[] if finished else [(who(each.coder), each) for each in agreement.progress(work(), sample)],
        sheets=[_sheet_line(row, out=row.id not in counting) for row in mine],
        next_url=url_for("coding.sheet", id=following.id) if following else None,
        close_url=_close_url(sample, finished=finished),
        differences_url=_differences_url(sample, finished=finished),
        **(_figures(sample) if finished else {"found": None}),
    )


def _sheet_line(row: Coding, *, out: bool) -> dict[str, Any]:
    """One that is left out is not opened."""
    url = None if out else url_for("coding.sheet", id=row.id)
    return {"number": row.number, "state": "out" if out else row.state.value, "url": url}


def _close_url(sample: Sample, *, finished: bool) -> str | None:
    open_still = sample.closed_on is None and not finished
    return url_for("coding.close", id=sample.id) if open_still and work().actor.may(P.CODING_DRAW) else None


def _differences_url(sample: Sample, *, finished: bool) -> str | None:
    shown = finished and agreement.may_discuss(work(), sample)
    return url_for("coding.differences", id=sample.id) if shown else None


def _figures(sample: Sample) -> dict[str, Any]:
    found = agreement.agreement(work(), sample)
    return {
        "found": found,
        "lines": [_measured(each) for each in found.questions],
        "texts": [
            (language, " ".join(agreement.sentences(found, into(language), language)))
            for language in ("en", "es")
        ],
        "floor": agreement.FLOOR,
        "two": found.coders == 2,
        "hidden": not agreement.may_discuss(work(), sample),
    }


def _measured(each: Measured) -> dict[str, Any]:
    name = each.question.vocabulary
    codes = [_in_words(label(code, name), figures) for code, figures in each.codes]
    return _in_words(_(each.question.words), each.figures) | {"codes": codes}


def _in_words(words: str, figures: Figures) -> dict[str, Any]:
    def said(estimate: agreement.Estimate | None) -> str:
        if estimate is not None and estimate.vague:
            return str(_("too little varies"))
        return agreement.in_figures(estimate, _) if estimate else ""

    return {
        "words": words,
        "count": figures.count,
        "agreed": "" if figures.agreed is None else f"{agreement.percent(figures.agreed)} %",
        "few": figures.few,
        "one_code": figures.one_code,
        "kappa": said(figures.kappa),
        "alpha": said(figures.alpha),
    }


@routes.post("/<uuid:id>/close")
@needs(P.CODING_DRAW)
def close(id: UUID) -> Response:
    """End it before everybody has finished."""
    agreement.close(work(), agreement.sample(work(), id))
    say(_("Closed. What was done by now is measured."))
    return go("coding.show", id=id)


@routes.get("/<uuid:id>/differences")
@needs(P.CODING_READ)
def differences(id: UUID) -> Response:
    """Where they differ, for those who coded it and who drew it."""
    sample = agreement.sample(work(), id)
    found = [
        {
            "number": each.number,
            "reference": each.reference,
            "url": url_for("inbox.report", id=each.report_id),
            "words": _(each.question.words),
            "vocabulary": each.question.vocabulary,
            "answers": [(who(coder), value) for coder, value in each.answers],
        }
        for each in agreement.differences(work(), sample)
    ]
    return page("coding/differences.html", sample=_named(sample), differences=found)


# -- one's own sheet


@routes.route("/sheets/<uuid:id>", methods=["GET", "POST"])
@needs(P.CODING_DO, repeatable=True)
def sheet(id: UUID) -> Response:
    """The account as told and what is to be coded of it; kept to go on with, or done for good."""
    opened = agreement.open_sheet(work(), id)
    if request.method == "GET":
        return page("coding/sheet.html", form=_typed(opened), **_context(opened))
    deed = request.form.get("deed", "")
    if deed not in ("keep", "done"):
        raise NotFound
    given = _given(opened)
    try:
        if deed == "done":
            _must_be_sure(opened, given)
        agreement.keep(work(), opened, given, done=deed == "done")
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return wrong("coding/sheet.html", problem, **_context(opened))
    if deed == "keep":
        say(_("Kept. Nobody else sees it before all have finished."))
        return go("coding.show", id=opened.sample.id)
    say(_("Report %(number)s is done.", number=opened.coding.number))
    following = agreement.next_of(work(), opened.sample)
    if following is not None:
        return go("coding.sheet", id=following.id)
    return go("coding.show", id=opened.sample.id)


def _must_be_sure(opened: Sheet, given: dict[str, list[str]]) -> None:
    """Done is for good: what was left empty is asked about once. A sheet with nothing on it is refused anyway."""
    empty = agreement.left_empty(opened, given)
    if 0 < empty < len(opened.questions) and request.form.get("sure") != "yes":
        asked = ngettext(
            "%(num)s question is empty: done all the same?",
            "%(num)s questions are empty: done all the same?",
            empty,
        )
        raise InvalidInput({"sure": [asked]})


def _given(opened: Sheet) -> dict[str, list[str]]:
    """What was chosen; nationalities stand in several fields of one choice each."""
    return {
        each.key: [
            *request.form.getlist(each.key),
            *(request.form.get(f"{each.key}.{number}", "") for number in range(NATIONALITIES)),
        ]
        for each in opened.questions
    }


def _typed(opened: Sheet) -> MultiDict[str, str]:
    form: MultiDict[str, str] = MultiDict()
    for each in opened.questions:
        said = opened.answers.get(each.key, [])
        values = [said] if isinstance(said, str) else said
        for number, value in enumerate(values):
            form.add(f"{each.key}.{number}" if each.vocabulary == "nationality" else each.key, value)
    return form


def _context(opened: Sheet) -> dict[str, Any]:
    row = opened.coding
    return {
        "sample": _named(opened.sample),
        "number": row.number,
        "over": row.state == CodingState.DONE or opened.sample.closed_on is not None,
        "account": opened.account,
        "groups": [
            (group, words, asked)
            for group, words in _groups()
            if (asked := [_question(each) for each in opened.questions if each.group == group])
        ],
        "called": {each.key: _(each.words) for each in opened.questions}
        | {"sure": _("Done with this report")},
        "nationalities": range(NATIONALITIES),
    }


def _question(each: agreement.Question) -> dict[str, Any]:
    return {"key": each.key, "words": _(each.words), "vocabulary": each.vocabulary, "many": each.many}
