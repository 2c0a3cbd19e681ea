"""What a method chapter says of a double coding: what it is, on how many reports, who coded, how far they agree.

It names nobody, quotes no account and no code. A release's method text and the page say the same, from here.
"""

from collections.abc import Callable

from incidents.agreement.kappa import Estimate
from incidents.agreement.measuring import FLOOR, Figures
from incidents.agreement.results import Agreement
from incidents.errors import _
from incidents.model.moment import Moment

Say = Callable[[str], str]
OPENING = _(
    "To learn how far coding depends on who codes, %(reports)s reports were drawn at random from the %(of)s received "
    "between %(since)s and %(until)s that could be drawn, and coded by %(coders)s reviewers each. None of them had "
    "sent one of these reports or worked on what it tells of. Each coded from the account as told and saw neither the "
    "codes in use nor those of another."
)
AGREED = _("%(question)s: %(agreed)s %% agreement on %(count)s reports%(more)s.")
TOO_FEW = _(
    "%(question)s: too few to say (%(count)s reports coded by two or more; at least %(floor)s are needed)."
)
ONE_CODE = _(
    "%(question)s: 100 %% agreement on %(count)s reports; all were given one same code, so that no coefficient is "
    "defined."
)
KAPPA = _("Cohen’s kappa %(value)s")
ALPHA = _("Krippendorff’s alpha %(value)s")
TOO_LITTLE = {
    KAPPA: _("too little varies for Cohen’s kappa"),
    ALPHA: _("too little varies for Krippendorff’s alpha"),
}
WITH_INTERVAL = _("%(value)s (95 %% interval %(low)s to %(high)s)")
LEFT_OUT = _(
    "%(count)s of the reports drawn are left out, because consent was withdrawn or they were erased."
)
WITHOUT = _("%(count)s reports were passed over in drawing, because no account is kept in them.")
SEVERAL = _(
    "Where several codes may be given, only the same codes, no more and no fewer, count as agreement."
)


def sentences(found: Agreement, say: Say, language: str) -> list[str]:
    """The paragraph, sentence by sentence. `say` translates; `language` is that of the dates."""
    drawn = found.drawn
    numbers = {"reports": drawn.size, "of": drawn.of, "coders": found.coders}
    days = {
        name: _day(day.isoformat(), language)
        for name, day in (("since", drawn.since), ("until", drawn.until))
    }
    said = [say(OPENING) % (numbers | days)]
    if drawn.without_account:
        said.append(say(WITHOUT) % {"count": drawn.without_account})
    if found.left_out:
        said.append(say(LEFT_OUT) % {"count": found.left_out})
    said += [_of_question(say(each.question.words), each.figures, say) for each in found.questions]
    if any(each.question.many for each in found.questions):
        said.append(say(SEVERAL))
    return said


def _of_question(words: str, figures: Figures, say: Say) -> str:
    about = {"question": words, "count": figures.count, "floor": FLOOR}
    if figures.few or figures.agreed is None:
        return say(TOO_FEW) % about
    if figures.one_code:
        return say(ONE_CODE) % about
    pairs = ((KAPPA, figures.kappa), (ALPHA, figures.alpha))
    more = [_coefficient(name, each, say) for name, each in pairs if each is not None]
    return say(AGREED) % (
        about | {"agreed": percent(figures.agreed), "more": "".join(f"; {each}" for each in more)}
    )


def _coefficient(name: str, each: Estimate, say: Say) -> str:
    return say(TOO_LITTLE[name]) if each.vague else say(name) % {"value": in_figures(each, say)}


def in_figures(each: Estimate, say: Say) -> str:
    """Two decimals, and the interval where there is one."""
    if each.low is None or each.high is None:
        return _number(each.value)
    numbers = {"value": each.value, "low": each.low, "high": each.high}
    return say(WITH_INTERVAL) % {name: _number(number) for name, number in numbers.items()}


def _number(value: float) -> str:
    return f"{round(value, 2) + 0:.2f}".replace("-", "−")  # and none before a zero


def percent(share: float) -> str:
    """Whole percent, never rounded up to all: 99.6 of 100 is not everything."""
    return str(min(99, round(share * 100)) if share < 1 else 100)


def _day(day: str, language: str) -> str:
    return Moment(day, "DAY").in_words(language)
