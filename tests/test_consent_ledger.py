"""The ledger whole: what is kept of a decision, its chain, its texts, and what was written before this schema."""

import hashlib
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from incidents import consent
from incidents.consent import Permit, Refusal, notices
from incidents.consent.ledger import months_after
from incidents.errors import InvalidInput, NotAllowed
from incidents.model import clock, upgrades
from incidents.model.consent import ConsentEvent
from incidents.model.people import Person
from incidents.model.vocabulary import Purpose
from incidents.work import NODE_ACTOR, begin
from tests import make

# A text that was shown is never changed: what somebody heard is known by its hash.
SHOWN = {
    "2026-11.en": "a7f455951326dfecc284c9c475072e723375eadc6aec8f990313e3ecd2f44435",
    "2026-11.es": "e4d4dfd34a85f221ce850c40b0968635d67968fbb1ae5f14b4c1611c6eeca3ed",
    "2026-12.en": "db943fe7c9a1796f6d3db96c180646307ffa8e3181a681677d3bc29d5a70aeec",
    "2026-12.es": "8bd0e61c13edc76227179de90415036d4acfb9ec7ba788957365de53eb43b326",
    "2026-12.fr": "ff6304e41861e8616d3e5b8185503cbbbc307b0241486acafa8c0d4eb2eb51ef",
    "2026-12.pt": "6f656e305f60fe6e5ca0bf60b6ff2a8a2f5880646b001716ce59630f8960b4e7",
    "2026-12.ht": "4a47a972fff4220ef148ebeff16297d505a9f01b43705f0266b3ac8def728bb2",
}
WHOLE = {
    "decisions": {"REC": "given", "PUB": "given", "ROW": "refused"},
    "terms": {"PUB": {"no_place": True, "recipients": ["An invented magazine"]}},
    "method": "recorded",
    "language": "es",
    "given_by": "guardian",
    "relation": "parent",
    "guardian_doer": "no",
    "capacity": "yes",
    "explained": "yes",
    "interpreter": "VOL",
    "legal_basis": "CON",
    "notice": "2026-11.es",
    "on": "2026-11-20",
    "names": {"interviewer": "Iris Inventada", "witness": "Teo Inventado", "guardian": "Gala Inventada"},
}


def someone(staff, facts=None):
    with staff.reviewer.work() as work:
        return make.person(work, facts).id


def decide(staff, person, given, **more):
    with staff.reviewer.work() as work:
        return consent.decide(work, work.get(Person, person), given, **more).id


def opened(staff, event, column="decisions"):
    with staff.reviewer.work() as work:
        return work.read(work.get(ConsentEvent, event), column, "consent")


def test_everything_that_was_said_of_a_decision_is_kept(staff):
    event = decide(staff, someone(staff), WHOLE)
    said = opened(staff, event)
    kept = {name: value for name, value in WHOLE.items() if name not in ("names", "notice", "terms")}
    assert kept.items() <= said.items()
    assert said["schema"] == 2
    assert said["terms"]["PUB"] == {**WHOLE["terms"]["PUB"], "until": "2028-11-20"}
    assert said["notice"] == {
        "id": "2026-11.es",
        "language": "es",
        "sha256": hashlib.sha256((notices.FOLDER / "2026-11.es.md").read_bytes()).hexdigest(),
    }
    assert said["controller"] == make.ORGANISATION
    assert {"jurisdiction", "stored_at", "retention"} <= said.keys()
    assert opened(staff, event, "names") == WHOLE["names"]


def test_the_names_in_a_decision_are_no_analysts(staff):
    event = decide(staff, someone(staff), WHOLE)
    with pytest.raises(NotAllowed), staff.analyst.work() as work:
        work.read(work.get(ConsentEvent, event), "names", "consent")


@pytest.mark.parametrize("id", sorted(SHOWN))
def test_a_text_that_was_shown_is_never_changed(id):
    assert consent.notice(id).sha256 == SHOWN[id]


def test_every_text_is_pinned_and_says_all_of_it_in_each_language():
    assert {path.stem for path in notices.FOLDER.glob("*.md")} == set(SHOWN)
    for language in notices.LANGUAGES:
        text = consent.newest(language)
        assert set(text.questions) == {purpose.value for purpose in Purpose}
        assert all(question and promise for question, promise in text.questions.values())
        assert len(text.intro) >= 3
        assert len(text.withdraw) >= 3
    assert consent.newest("hat").id == consent.newest("ht").id
    assert consent.newest("ru").id == consent.newest("es").id


def test_a_text_that_is_not_there_was_not_shown(staff):
    with pytest.raises(InvalidInput):
        decide(staff, someone(staff), {"decisions": {"REC": "given"}, "notice": "2020-01.es"})


def test_an_event_of_the_first_schema_still_folds(staff, monkeypatch):
    person = someone(staff, {"age": 9})
    old = {
        "schema": 1,
        "event": "given",
        "decisions": {"REC": "given", "ROW": "given", "PUB": "refused"},
        "method": "spoken",
        "language": "es",
        "given_by": "guardian",
        "restricted": True,
        "on": (clock.today() - timedelta(days=300)).isoformat(),  # a child then, and a child today
        "previous": "",
    }
    with monkeypatch.context() as then, staff.reviewer.work() as work:
        then.setattr(upgrades, "STEPS", {})
        event = ConsentEvent(person_id=person, number=1, entered_by=work.actor.id, entered_on=work.today)
        work.seal(event, decisions=old, names=None)
        work.add(event)
        work.note("consent.recorded", event, purposes=[])
    decide(staff, person, {"decisions": {"STA": "given"}, "given_by": "guardian", "guardian_doer": "no"})
    with staff.reviewer.work() as work:
        row = work.get(Person, person)
        assert consent.permits(work, row, Purpose.ROWS) == Permit("consent", event.id, restricted=True)
        assert consent.permits(work, row, Purpose.PUBLISH) == Refusal("refused")
        assert isinstance(consent.permits(work, row, Purpose.STATISTICS), Permit)
        assert list(consent.breaks(work)) == []


def test_the_same_yes_again_is_a_renewal(staff):
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "given"}, "on": "2025-01-01"})
    again = decide(staff, person, {"decisions": {"PUB": "given"}})
    more = decide(staff, person, {"decisions": {"PUB": "given", "QUO": "given"}})
    assert [opened(staff, event)["event"] for event in (again, more)] == ["renewed", "changed"]


def test_one_flipped_bit_in_a_consent_is_named(staff, house, instance):
    person = someone(staff)
    first = decide(staff, person, {"decisions": {"ROW": "given"}})
    second = decide(staff, person, {"decisions": {"ROW": "refused"}})
    table = ConsentEvent.__table__
    with make.behind(house) as data:
        sealed = bytearray(
            data.execute(select(table.c.decisions).where(table.c.id == first)).scalar_one().data
        )
        sealed[len(sealed) // 2] ^= 1
        raw = table.update().where(table.c.id == first)
        data.execute(raw.values(decisions=type("Raw", (), {"data": bytes(sealed)})()))
    with begin(house, NODE_ACTOR, None) as work:  # nobody's key is needed
        assert (f"consent_event/{first}", "a row was changed or moved") in {
            (found.where, found.what) for found in work.breaks()
        }
        assert [(found.where, found.what) for found in consent.breaks(work)] == [
            (f"consent_event/{second}", "a consent does not follow the one before it")
        ]


def test_a_consent_that_is_gone_is_named_by_the_one_after_it(staff, house):
    person = someone(staff)
    first = decide(staff, person, {"decisions": {"ROW": "refused"}})
    second = decide(staff, person, {"decisions": {"STA": "given"}})
    table = ConsentEvent.__table__
    with make.behind(house) as data:
        data.execute(table.delete().where(table.c.id == first))
    with begin(house, NODE_ACTOR, None) as work:
        assert [(found.where, found.what) for found in consent.breaks(work)] == [
            (f"consent_event/{second}", "a consent before it is missing")
        ]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2024-02-29", 24, "2026-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2025-12-31", 2, "2026-02-28"),
        ("2026-11-27", 24, "2028-11-27"),
    ],
)
def test_two_years_later_is_the_same_day_or_the_last_of_its_month(day, months, then):
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(then)


def test_whom_to_ask_again_is_counted_without_opening_anything(staff):
    person = someone(staff)
    decide(staff, person, {"decisions": {"PUB": "given"}, "on": "2024-12-01"})
    decide(staff, person, {"decisions": {"STA": "given"}})
    withdrew = someone(staff)
    decide(staff, withdrew, {"decisions": {"PUB": "given"}, "on": "2024-12-01"})
    with staff.reviewer.work() as work:
        consent.withdraw(work, work.get(Person, withdrew))
    with staff.reviewer.work() as work:
        assert consent.to_ask_again_count(work) == 1
        assert work.vault.ring is not None
        assert work._notes == []
        assert [who.id for who, _event, _said in consent.to_ask_again(work)] == [person]


def read_again(notice: str | None, language: str) -> str:
    said = {"on": "2026-11-20", "decisions": {"REC": "given"}, **({"notice": notice} if notice else {})}
    return "\n".join(consent.receipts.plain(said, language, make.ORGANISATION, str, str))


@pytest.mark.parametrize("language", notices.LANGUAGES)
def test_a_receipt_never_says_that_a_text_was_read_where_nobody_wrote_down_which(language):
    receipt = read_again(None, language)
    assert notices.NEWEST not in receipt
    assert [name for name, sha256 in SHOWN.items() if sha256[:16] in receipt] == []
    assert set(notices.newest(language).withdraw) <= set(receipt.splitlines())


@pytest.mark.parametrize("language", notices.LANGUAGES)
def test_a_receipt_in_another_language_names_the_text_that_was_read_and_says_the_rest_in_its_own(language):
    receipt = read_again("2026-12.es", language)
    assert "2026-12.es" in receipt
    assert [name for name, sha256 in SHOWN.items() if sha256[:16] in receipt] == ["2026-12.es"]
    assert set(notices.read(f"2026-12.{language}").withdraw) <= set(receipt.splitlines())
