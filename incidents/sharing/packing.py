"""The files of a package, and the lock on them: the recipient's own age key, so that nobody on the way reads them."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyrage  # type: ignore[import-untyped]  # it has no types

from incidents.errors import InvalidInput, _
from incidents.intake.coded import list_of
from incidents.model.moment import Moment
from incidents.model.place import Place, country_label
from incidents.model.vocabulary import label, lists
from incidents.release.pack import archive
from incidents.sharing.content import Choice, Content

LANGUAGES = ("en", "es")
COUNTS = frozenset({"min", "best", "max"})
VALUES = COUNTS | {"edtf", "country", "state", "municipality"}  # of a moment, a place, a count
NO_KEY = _(
    "This is no age key. It begins with age1 and has 62 characters; ask the recipient to send it again."
)
README = """Confidential: for {recipient} only.
Confidencial: solo para {recipient}.

Handed over for this purpose and no other / Se entrega para este fin y ningún otro:
  {purpose_en} / {purpose_es}

{incidents} incident(s), {persons} person(s). Each of them agreed to this use. Whoever did not agree is not in these
files, and is not counted here: do not conclude from what is missing.
{incidents} incidente(s), {persons} persona(s). Cada una aceptó este uso. Quien no lo aceptó no está en estos archivos
ni se cuenta aquí: no saque conclusiones de lo que falta.

A consent can be withdrawn at any time. If we tell you so, destroy these files and every copy, and confirm it.
Un consentimiento puede retirarse en cualquier momento. Si se lo comunicamos, destruya estos archivos y toda copia,
y confírmelo.

These are allegations as they were told; what was checked stands beside each act.
Son alegaciones tal como se contaron; junto a cada acto dice qué se verificó.

incident-N.json  what goes of each incident, in codes / lo que se entrega de cada incidente, en códigos
incident-N.txt   the same for reading / lo mismo, para leer
codes.csv        what each code means / qué significa cada código
manifest.json    what is in the package, with the SHA-256 of each file / contenido del paquete y SHA-256 de cada archivo

Package / Paquete: {reference}, {day}
"""


def closed(reference: str, day: str, choice: Choice, content: Content) -> bytes:
    """The archive, encrypted to the recipient's key."""
    key = recipient(choice.key)
    sealed: bytes = pyrage.encrypt(archive(files(reference, day, choice, content)), [key])
    return sealed


def recipient(key: str) -> Any:
    """The recipient's public key, or a sentence on what is wrong with it."""
    try:
        return pyrage.x25519.Recipient.from_str(key.strip())
    except pyrage.RecipientError:
        raise InvalidInput({"key": [NO_KEY]}) from None


def digest(content: Content) -> str:
    """SHA-256 of all that goes: what was signed is what leaves, or nothing does."""
    text = json.dumps(content.incidents, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def files(reference: str, day: str, choice: Choice, content: Content) -> dict[str, bytes]:
    """Every file of a package, by name."""
    made = {"README.txt": _readme(reference, day, choice, content)}
    for document in content.incidents:
        name = f"incident-{document['number']}"
        made[f"{name}.json"] = _json(document)
        made[f"{name}.txt"] = "\n".join(_lines(document)).encode() + b"\n"
    made["codes.csv"] = _codes(content)
    manifest = {
        "reference": reference,
        "prepared": day,
        "recipient": choice.recipient,
        "purpose": choice.purpose.value,
        "incidents": len(content.incidents),
        "persons": len(content.people),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(made.items())},
    }
    return made | {"manifest.json": _json(manifest)}


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


def _readme(reference: str, day: str, choice: Choice, content: Content) -> bytes:
    said = {f"purpose_{lang}": label("consent_purpose", choice.purpose.value, lang) for lang in LANGUAGES}
    return README.format(
        recipient=choice.recipient,
        incidents=len(content.incidents),
        persons=len(content.people),
        reference=reference,
        day=day,
        **said,
    ).encode()


# -- for reading


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    """One incident as text: a heading a block, a line a field, codes with both labels."""
    yield f"INCIDENT / INCIDENTE {document['number']}"
    yield from _block("incident", document["facts"])
    for act in document["acts"]:
        yield f"\nACT / ACTO {act['number']}: {_both('verification', act['verification'])}"
        yield from _block("acts", act["facts"])
        for link in (each for each in document["involvements"] if each["act"] == act["number"]):
            yield f"  person / persona {link['person']}"
            yield from _block("involvements", link["facts"], "    ")
    for person in document["persons"]:
        yield f"\nPERSON / PERSONA {person['number']}"
        yield from (f"  {name}: {value}" for name, value in person["identity"].items())
        yield from _block("persons", person["facts"])
    for doer in document["perpetrators"]:
        yield "\nALLEGED DOER / PRESUNTO AUTOR"
        yield from _block("perpetrators", doer)
    if document.get("account"):
        yield f"\nACCOUNT / RELATO\n\n{document['account']}"


def _block(block: str, facts: Mapping[str, Any], indent: str = "  ") -> Iterator[str]:
    for path, value in _leaves(block, facts):
        yield f"{indent}{path.split('.', 1)[1].replace('_', ' ').replace('.', ', ')}: {_text(path, value)}"


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Every field with what stands in it; a moment, a place and a count are one value."""
    if isinstance(value, dict) and not value.keys() & VALUES:
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for number, each in enumerate(value, 1):
            yield from _leaves(f"{path}.{number}", each)
    elif value not in (None, "", [], {}):
        yield path, value


def _text(path: str, value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(_text(path, each) for each in value)
    if isinstance(value, dict):
        return _value(value)
    return _both(list_of(path), value) if isinstance(value, str) else str(value)


def _value(said: Mapping[str, Any]) -> str:
    if "edtf" in said:
        return _each(Moment.from_json(said).in_words)
    if said.keys() & COUNTS:
        return " – ".join(str(said[name]) for name in ("min", "best", "max") if said.get(name) is not None)
    return _each(Place.kept(said).in_words)


def _both(vocabulary: str, code: str) -> str:
    """A code in both languages; what is no code, as it is."""
    return _each(lambda language: _label(vocabulary, code, language))


def _each(said: Callable[[str], str]) -> str:
    return " / ".join(dict.fromkeys(said(language) for language in LANGUAGES))


def _label(vocabulary: str, code: str, language: str) -> str:
    if vocabulary == "nationality" and code not in lists()["nationality"]:
        return country_label(code, language)
    return label(vocabulary, code, language)


def _codes(content: Content) -> bytes:
    """Each code that stands in the files, with its list and both labels."""
    used = {
        (list_of(path), value)
        for document in content.incidents
        for path, values in _leaves("", _for_codes(document))
        for value in (values if isinstance(values, list) else [values])
        if isinstance(value, str) and _label(list_of(path), value, "en") != value
    }
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["list", "code", *LANGUAGES])
    for vocabulary, code in sorted(used):
        writer.writerow([vocabulary, code, *(_label(vocabulary, code, language) for language in LANGUAGES)])
    return out.getvalue().encode()


def _for_codes(document: Mapping[str, Any]) -> dict[str, Any]:
    """Blocks as they stand in a report, so that their fields are found there."""
    blocks = {
        name: [each.get("facts", each) for each in document[name]]
        for name in ("acts", "persons", "involvements", "perpetrators")
    }
    states = {"verification": [act["verification"] for act in document["acts"]]}
    return {"incident": document["facts"], **blocks, **states}
