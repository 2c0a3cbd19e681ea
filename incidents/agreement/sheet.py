"""The sheet that a report is coded on: its questions, each with the code list that it is answered from.

Two people can only agree about the same thing: a question is about the whole account, the first act it tells of, who
did that act, or the person who tells. A list that takes several codes is answered with all that apply.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from incidents.errors import InvalidInput, _
from incidents.intake.leaves import MANY, NOT_A_CODE, answers
from incidents.model import place
from incidents.model.vocabulary import NO_ANSWERS, codes

CHOOSE = _("Choose what is to be coded.")
GROUPS = {
    "account": _("The whole account"),
    "act": _("The first act that it tells of"),
    "doer": _("Who did that act"),
    "person": _("The person who tells, and their part in that act"),
}
Value = str | list[str]


@dataclass(frozen=True)
class Question:
    """`key` is its name for good: codings are kept under it."""

    key: str
    group: str
    vocabulary: str
    words: str  # as a heading, and in a sentence after a colon
    many: bool = False


QUESTIONS = (
    Question("acts", "account", "act", _("Kinds of act, all that are told of"), many=True),
    Question("exposure", "account", "exposure", _("Where the person was")),
    Question("programme", "account", "programme", _("Programmes")),
    Question("mpp_outcome", "account", "mpp_outcome", _("How a procedure ended")),
    Question("port", "account", "port", _("Ports of return")),
    Question("targeted_for", "account", "targeted_for", _("Why them"), many=True),
    Question("recognised_by", "account", "recognised_by", _("How they were recognised"), many=True),
    Question("said_by", "account", "targeting_said_by", _("Who says so")),
    Question("authorities", "account", "authority", _("Authorities that were told"), many=True),
    Question("response", "account", "authority_response", _("What authorities did")),
    Question("not_reported", "account", "not_reported_because", _("Why it was not reported"), many=True),
    Question("tags", "account", "label", _("Labels"), many=True),
    Question("type", "act", "act", _("Kind of act")),
    Question("status", "act", "act_status", _("Completed or attempted")),
    Question("methods", "act", "method", _("How it was done"), many=True),
    Question("weapons", "act", "weapon", _("Weapons"), many=True),
    Question("release", "act", "kidnap_release", _("How a kidnapping ended")),
    Question("purpose", "act", "extortion_purpose", _("What money was demanded for")),
    Question("channel", "act", "payment_channel", _("How money was paid")),
    Question("perpetrator", "doer", "perpetrator", _("Kind of perpetrator")),
    Question("degree", "doer", "perpetrator_degree", _("Part of a perpetrator")),
    Question("basis", "doer", "attribution_basis", _("How it is known who did it")),
    Question("part", "person", "involvement_part", _("Part in an act")),
    Question("injury", "person", "injury", _("Injuries"), many=True),
    Question("outcome", "person", "outcome", _("What became of the person"), many=True),
    Question("gender", "person", "gender", _("Gender")),
    Question("age_band", "person", "age_band", _("Age group")),
    Question("nationality", "person", "nationality", _("Nationality"), many=True),
    Question("population", "person", "population", _("Also true of the person"), many=True),
)
BY_KEY = {question.key: question for question in QUESTIONS}
USUAL = ("acts", "type", "status", "perpetrator", "part", "gender", "nationality")


def chosen(keys: Sequence[str]) -> list[Question]:
    """These questions, in the order of the sheet."""
    if not keys or not BY_KEY.keys() >= set(keys):
        raise InvalidInput({"questions": [CHOOSE]})
    return [question for question in QUESTIONS if question.key in keys]


def filled(questions: Sequence[Question], given: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """What was chosen of each question, checked; one that was left empty is not in it."""
    said: dict[str, Value] = {}
    wrong: dict[str, list[str]] = {}
    for question in questions:
        values = list(dict.fromkeys(value for value in given.get(question.key, ()) if value))
        if not _fits(question, values):
            wrong[question.key] = [NOT_A_CODE]
        elif values:
            said[question.key] = sorted(values) if question.many else values[0]
    if wrong:
        raise InvalidInput(wrong)
    return said


def _fits(question: Question, values: Sequence[str]) -> bool:
    known = _nationalities() if question.vocabulary == "nationality" else answers(question.vocabulary)
    return len(values) <= (MANY if question.many else 1) and known >= set(values)


def _nationalities() -> frozenset[str]:
    return frozenset({*place.countries(), *codes("nationality"), *NO_ANSWERS})
