"""The methodology in sentences. What is not known, or not shown, is left out; nothing is invented."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from incidents.model import place
from incidents.release.columns import held
from incidents.release.tables.cells import FEW, OUT, Key, Shown
from incidents.release.text import facts as f
from incidents.release.text import labels
from incidents.release.text.facts import Facts, Typed
from incidents.release.text.numbers import NOUNS, Value, counted, known, listed, share, spoken
from incidents.release.text.words import say, source, told

PUBLISHED = frozenset({"CRE", "VER"})  # states of which a text says that reviewers judged them


KINDS = {"unknown": "people"}  # of tellers: what those are called who are no group of their own


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (its name in `words`) and its paragraphs; `points`: a list under them."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Teller:
    """Says the facts of one edition in one language, as far as `shown` shows them."""

    facts: Facts
    shown: Shown = field(repr=False)
    language: str
    typed: Typed = field(default_factory=Typed)
    quoted: bool = False  # whether people are quoted in the same text
    cite: str = ""  # how the pack is cited; empty: it has no reference

    def sections(self) -> list[Section]:
        """The whole methodology; a section of which nothing is known is not there."""
        made = (
            Section("interviews", _full(self._interviews(), self._places(), self._people(), self._reached())),
            Section("consent", _full(self._care(), self._consent(), self._names())),
            Section("checking", _full(self._checked(), self._overlap(), self._own(self.typed.requests))),
            Section("counting", _full(self._fates()), _full(*self._rules())),
            Section("limits", _full(self._limits())),
            Section("citing", _full(self.cite)),
        )
        return [section for section in made if section.paragraphs or section.points]

    # -- saying a number

    def value(self, key: Key) -> Value | None:
        """What is shown of it, where a sentence can say that."""
        value = self.shown.values.get(key)
        return value if known(value) else None

    def _said(self, key: Key, noun: str = "", *, feminine: bool = True) -> str | None:
        value = self.value(key)
        if value is None:
            return None
        return (
            counted(value, noun, self.language) if noun else spoken(value, self.language, feminine=feminine)
        )

    def _share(self, part: Key, whole: Key) -> str | None:
        """Of how many how many: “18 of 41 interviews”."""
        few, all_ = self.value(part), self.value(whole)
        return share(few, all_, whole[0], self.language) if few is not None and all_ is not None else None

    def _told(self, name: str, **parts: str | None) -> str:
        return told(name, self.language, org=self.facts.organisation, **parts)

    def _list(self, keys: Mapping[str, Key], hidden: str) -> str | None:
        """What is known of each; of a number that is hidden, that there are such. None, where no number is known."""
        parts = []
        for name, key in keys.items():
            number = say(hidden, self.language) if self.shown.values.get(key) == OUT else self._said(key)
            parts += [say(name, self.language, number=number)] if number else []
        return listed(parts, self.language) if any(map(self.value, keys.values())) else None

    # -- interviews

    def _interviews(self) -> str:
        outcome = {code: f.key("interviews", outcome=code) for code in f.OUTCOMES}
        rest = {code: key for code, key in outcome.items() if code != "INC"}
        return _joined(
            self._told(
                "based",
                interviews=self._said(f.INTERVIEWS, "interviews"),
                span=self._span(),
                places=self._where(),
            ),
            self._told("languages", languages=self._languages()),
            self._told("phone", number=self._said(f.key("interviews", mode="phone"))),
            self._told("told_all")
            if self.value(outcome["INC"]) == self.value(f.INTERVIEWS) not in {None, FEW}
            else self._told("told", share=self._share(outcome["INC"], f.INTERVIEWS)),
            self._told("others", list=self._list(rest, "hidden_some")),
        )

    def _span(self) -> str:
        months = [labels.month(month, self.language) for month in self.facts.months]
        if not months:
            return NOTHING
        if months[0] == months[-1]:
            return say("during", self.language, first=months[0])
        return say("between", self.language, first=months[0], last=months[-1])

    def _where(self) -> str:
        names = [_place_name(code, self.language) for code in self.facts.places]
        if not names:
            return NOTHING
        more = [say("elsewhere", self.language)] if self.facts.elsewhere else []
        return say("in_places", self.language, places=listed([*names, *more], self.language))

    def _languages(self) -> str | None:
        names = [labels.language_name(code, self.language) for code in self.facts.languages]
        more = [say("other_languages", self.language)] if names and self.facts.others else []
        return listed([*names, *more], self.language) or None

    def _people(self) -> str:
        every = self._tellers()
        all_ = self._told("tellers", total=self._said(f.TELLERS, "people"), list=every)
        return _joined(
            all_ or self._told("tellers_some", list=every),
            self._told("families", number=self._said(f.FAMILIES, "families")),
        )

    def _tellers(self) -> str | None:
        """Women, men, children and whoever is neither: each with its number, none included, or that it is hidden."""
        parts = []
        for who in f.PARTS_OF_TELLERS:
            value, noun = self.shown.values.get(f.key("tellers", who=who)), KINDS.get(who, who)
            if value is None or (who not in NOUNS and value == 0):
                continue
            several = NOUNS[noun].of(self.language)[1]
            number = several if value == OUT else counted(value, noun, self.language)
            told_of = say("unknown_who", self.language, number=number) if noun != who else number
            parts.append(say("hidden_who", self.language, who=told_of) if value == OUT else told_of)
        anybody = self.value(f.TELLERS) or any(
            self.value(f.key("tellers", who=who)) for who in f.PARTS_OF_TELLERS
        )
        return "; ".join(parts) if anybody else None

    def _reached(self) -> str | None:
        return self._own(self.typed.not_reached)

    def _places(self) -> str | None:
        return self._own(self.typed.places)

    def _own(self, typed: Mapping[str, str]) -> str | None:
        """A paragraph as it was typed; where it holds numbers, that these were not counted here."""
        text = typed.get(self.language, "").strip()
        if not any(sign.isdigit() for sign in text):
            return text or None
        return f"{text} {self._told('own_numbers')}"

    # -- consent and care

    def _care(self) -> str:
        typed = self.typed
        private = f.key("interviews", private="yes")
        how = "private" if isinstance(self.value(private), int) else "private_few"
        recorded = self._told(how, share=self._share(private, f.INTERVIEWS))
        return _joined(
            recorded or (self._told("in_private") if typed.in_private else ""),
            self._told("interpreter", number=self._said(f.key("interviews", interpreter="yes"))),
            self._told("purpose") if typed.purpose_explained else "",
            self._told("stop") if typed.could_stop else "",
            self._told("unpaid") if typed.nobody_paid else "",
        )

    def _consent(self) -> str:
        methods = {method: f.key("agreed", method=method) for method in f.METHODS}
        agreed = self._told("consent", number=self._said(f.CONSENTED, "people"))
        return _joined(
            agreed,
            self._told("methods", list=self._list(methods, "hidden_number")) if agreed else "",
            self._told("explained", number=self._said(f.EXPLAINED, "people")) if agreed else "",
            self._told("basis", number=self._said(f.ON_A_BASIS, "people")),
        )

    def _names(self) -> str:
        return _joined(self._told("pseudonyms") if self.quoted else "", self._told("nameless"))

    # -- what was checked

    def _checked(self) -> str:
        judged = [say(code, self.language) for code in self.facts.states if code in PUBLISHED]
        if {*self.facts.states} - PUBLISHED:
            judged = []  # nothing can be said of all acts that are counted
        states = (
            say("or", self.language, first=judged[0], second=judged[1])
            if len(judged) == 2
            else "".join(judged)
        )
        return _joined(
            self._told("states", states=states),
            self._told("documents", share=self._share(f.DOCUMENTED, f.INCIDENTS)),
            "" if self.facts.published else self._told("allegations"),
        )

    def _overlap(self) -> str:
        before = self._told("overlap", share=self._share(f.key("interviews", before="yes"), f.INTERVIEWS))
        published = self._said(f.key("interviews", before="published"))
        return _joined(
            before,
            self._told("overlap_organisations", number=published) if before else "",
            self._own(self.typed.overlap) or "",
        )

    # -- how incidents are counted

    def _fates(self) -> str:
        fates = self.facts.fates
        if fates is None:
            return ""
        noun = "incidents" if fates.unit == "incidents" else "records"
        considered = self._said(fates.total, noun)
        reasons = {reason: f.key("left_out", reason=reason, unit=fates.unit) for reason in f.REASONS}
        return _joined(
            self._told(f"considered_{noun}", considered=considered),
            self._told("released", released=self._said(fates.released, noun)) if considered else "",
            self._told("left_out", list=self._left_out(reasons)),
        )

    def _left_out(self, reasons: Mapping[str, Key]) -> str | None:
        """How many for each reason. A hidden number may be none, and one that is not shown is there: both are said."""
        parts = []
        for reason, key in reasons.items():
            value = self.shown.values.get(key)
            hidden = {FEW: "few_or_none", OUT: "others_not_shown"}.get(str(value))
            number = say(hidden, self.language) if hidden else self._said(key, feminine=False)
            parts += [say(f"out_{reason}", self.language, number=number)] if number else []
        return "; ".join(parts) or None

    def _rules(self) -> Iterable[str]:
        if self.facts.noise:
            return self._noise()
        names = (
            "unit",
            "several_rows",
            "attempts",
            "months",
            "unknown",
            "method_published" if self.facts.published else f"method_{self.shown.method or 'none'}",
        )
        return [self._told(name) for name in names]

    def _noise(self) -> Iterable[str]:
        """Of counts with noise nothing that was counted is said, but how they were."""
        noise = self.facts.noise
        months = ("months",) if noise["months"] == "yes" else ()
        said = [self._told(name) for name in ("unit", "several_rows", *months, "unknown")]
        said += [self._told(name, **noise) for name in ("bounded", "method_D")]
        return [
            *said,
            self._told("not_made", left_out=noise["left_out"]),
            "" if months else self._told("no_months"),
        ]

    def _limits(self) -> str:
        day = labels.day(self.facts.data_date.isoformat(), self.language)
        return _joined(
            self._told(source("sample", published=self.facts.published)), self._told("as_of", day=day)
        )


NOTHING = (
    "\u200b"  # a part that may be empty without emptying its sentence; taken out when sentences are joined
)


def _place_name(code: str, language: str) -> str:
    return place.municipality_label(code) if code.isdigit() else place.state_label(code, language)


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences)).replace(NOTHING, "")


def _full(*paragraphs: str | None) -> tuple[str, ...]:
    return tuple(held(paragraph) for paragraph in paragraphs if paragraph)
