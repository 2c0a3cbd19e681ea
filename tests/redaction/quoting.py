"""What the tests of the desk and the shelf share: an invented account, the people in it, the way to a signed quote."""

from sqlalchemy import select

from incidents import redaction, review
from incidents.intake import report, schema
from incidents.intake.take_in import take_in
from incidents.model.incident import Act
from incidents.model.people import Person
from incidents.model.quote import Quote, QuoteKind
from incidents.model.vocabulary import Verification
from tests import make

ACCOUNT = (
    "Nos bajaron del camión el 13 de noviembre de 2019 en Tijuana. "
    "Mi primo Filomeno Deltrebol gritó y le pegaron. "
    "Pidieron 5000 dólares y mi número, 664 555 0183. "
    "No he podido dormir desde entonces."
)
AGREED = {"REC": "given", "STA": "given", "PUB": "given", "QUO": "given"}
MENTIONED = "Filomeno Inventado Deltrébol"
TELLER = "Xiomara Quetzalinda Inventada"
V, RESTRICTED = Verification, {"SXA"}
WHY = "Two shelters tell of the same house."


def teller(decisions=None, terms=None, **facts):
    return {
        "key": "p1",
        "teller": True,
        "identity": make.IDENTITY,
        "facts": {"age": 36, "gender": "F", "nationality": ["VEN"], **facts},
        "consent": {
            "given_by": "self",
            "decisions": decisions or AGREED,
            **({"terms": terms} if terms else {}),
        },
    }


def mentioned():
    return {"key": "p2", "teller": False, "identity": {"name": MENTIONED}, "facts": {"age": 41}}


def tell(staff, people=None, kind="KID", **changes):
    """An incident that was told, taken in and found credible; its id."""
    people = people or [teller(), mentioned()]
    document = make.report_document(
        narrative=ACCOUNT,
        interview=None,  # so that they agreed today: a yes to being published holds for two years
        incident={
            "moment": {"edtf": "2019-11-13", "precision": "DAY"},
            "place": {"country": "MEX", "state": "MX-BCN", "municipality": "02004", "precision": "MUN"},
        },
        acts=[{"key": "a1", "type": kind, "status": "C"}],
        persons=people,
        involvements=[{"person": each["key"], "act": "a1", "part": "DIR"} for each in people],
        **changes,
    )
    with staff.researcher.work() as work:
        sent = report.send(work, schema.load(document), "page").id
    with staff.reviewer.work() as work:
        incident = take_in(work, sent).id
    steps = [("other_reviewer", V.UNDER_VERIFICATION), ("other_reviewer", V.CREDIBLE)]
    if kind in RESTRICTED:
        steps.append(("coordinator", V.CREDIBLE))  # two have to come to it
    for who, state in steps:
        with getattr(staff, who).work() as work:
            for act in work.db.scalars(select(Act).where(Act.incident_id == incident)):
                review.move(work, act, state, WHY)
    return incident


def begun(staff, incident, kind=QuoteKind.QUOTE):
    with staff.reviewer.work() as work:
        (source,) = redaction.offered(work, incident)
        return redaction.begin(work, incident, source.part.id, kind).id


def of(work, id):
    return work.db.get_one(Quote, id, populate_existing=True)


def person(work, name):
    """The id of whoever is called so."""
    return next(row.id for row in work.db.scalars(select(Person)) if work.vault.view(row, "name") == name)


def decide_all(staff, id, does=None, who="reviewer"):
    """Each sentence taken in as it is proposed; what nobody proposed anything for, kept."""
    with getattr(staff, who).work() as work:
        count = len(redaction.look(work, of(work, id)).sentences)
    for number in range(count):
        with getattr(staff, who).work() as work:
            sentence = redaction.look(work, of(work, id)).sentences[number]
            said = [as_typed(cut) for cut in sentence["cuts"]]
            redaction.decide(work, of(work, id), number, take=True, does=does or said)


def as_typed(cut):
    do = cut["do"] or "keep"
    return f"{do}:{cut['n']}" if do in redaction.NUMBERED else do


def say(staff, id, how=redaction.HIDDEN, who="reviewer", restricted="no", **shown):
    """Everybody but who told it is in it so that nobody could recognize them."""
    with getattr(staff, who).work() as work:
        looked = redaction.look(work, of(work, id))
        roles = {each: how for each in looked.people if each not in looked.tellers}
        given = {"age": "exact", "gender": True, "nationality": True, "state": True, "month": True, **shown}
        redaction.say(work, of(work, id), given, roles, restricted)


def sign(staff, id, who):
    with getattr(staff, who).work() as work:
        read = redaction.digest(work, redaction.look(work, of(work, id)))
        redaction.sign(work, of(work, id), read)


def signed(staff, incident, kind=QuoteKind.QUOTE, **shown):
    """The whole way, by two; the id of the quote."""
    id = begun(staff, incident, kind)
    decide_all(staff, id)
    say(staff, id, **shown)
    for who in ("reviewer", "other_reviewer"):
        sign(staff, id, who)
    return id


def shelf(staff, who="analyst", **wanted):
    with getattr(staff, who).work() as work:
        return redaction.shelf(work, **wanted)


def why_not(staff, id):
    """The code of why it is not on the shelf."""
    with staff.reviewer.work() as work:
        return redaction.judge(work, [of(work, id)])[id]
