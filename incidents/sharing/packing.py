"""The files of a package, and the lock on them: the recipient's own age key, so that nobody on the way reads them."""

import csv
import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyrage  # type: ignore[import-untyped]  # it has no types

from incidents.errors import InvalidInput, _
from incidents.intake.coded import list_of
from incidents.model.moment import Moment
from incidents.model.place import Place, country_label
from incidents.model.vocabulary import label, lists
from incidents.release.pack import entry
from incidents.sharing.choice import Choice
from incidents.sharing.content import Content

if TYPE_CHECKING:
    from typing_extensions import Buffer

Chunks = Callable[[], Iterator[bytes]]  # a file that is opened as it is read
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
evidence-N.*     working copies of evidence, if any; the originals stay with us: quote the reference of the manifest
                 copias de trabajo de pruebas, si las hay; los originales quedan con nosotros: cite la referencia del
                 manifiesto
manifest.json    what is in the package, with the SHA-256 of each file / contenido del paquete y SHA-256 de cada archivo

Package / Paquete: {reference}, {day}
"""


def closed(files: Mapping[str, bytes], copies: Mapping[str, Chunks], key: str, folder: Path) -> BinaryIO:
    """The archive, encrypted to the recipient's key, ready to be read from its beginning.

    It lies in a file without a name, in a folder of ours, and only ever closed: however long the working copies are,
    one piece of one of them is in memory at a time.
    """
    out: BinaryIO = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  whoever asked for it reads and closes it
    try:
        pyrage.encrypt_io(_Drawn(archive(files, copies)), out, [recipient(key)])
        out.seek(0)
    except BaseException:
        out.close()
        raise
    return out


def archive(files: Mapping[str, bytes], copies: Mapping[str, Chunks]) -> Iterator[bytes]:
    """A ZIP as it is written: the same files give the same bytes. Copies are packed already, and go as they are."""
    out = _Out()
    with zipfile.ZipFile(out, "w") as zipped:
        for name in sorted(files):
            zipped.writestr(entry(name), files[name])
        for name in copies:
            with zipped.open(entry(name, zipfile.ZIP_STORED), "w", force_zip64=True) as file:
                for chunk in copies[name]():
                    file.write(chunk)
                    yield out.taken()
    yield out.taken()


class _Out(io.RawIOBase):
    """What was written and not yet taken."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "Buffer", /) -> int:
        self._held += data
        return len(memoryview(data))

    def taken(self) -> bytes:
        found = bytes(self._held)
        self._held.clear()
        return found


class _Drawn(io.RawIOBase):
    """Bytes that are made as they are read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._held = chunks, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer", /) -> int:
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._held = memoryview(chunk)
        with memoryview(buffer) as view:
            given = self._held[: len(view)]
            view[: len(given)] = given
        self._held = self._held[len(given) :]
        return len(given)


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
    """Every file of a package but the working copies, by name."""
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
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(made.items())}
        | {each.file: each.sha256 for each in content.pieces.values()},
        "evidence": [each.as_said() for each in content.pieces.values()],
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
    for piece in document.get("evidence", []):
        yield f"\nEVIDENCE / PRUEBA {piece['reference']}: {piece['file']}"
        yield f"  {piece['type']}, {piece['size']} bytes, SHA-256 {piece['sha256']}"
        yield from (f"  person / persona {number}" for number in piece["persons"])
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
