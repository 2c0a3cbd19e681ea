"""What a pack of tables says of itself: what is in it, what its protection promises, and its manifest as it leaves."""

from collections.abc import Mapping
from typing import Any

from incidents.release import noised
from incidents.release.policy import Policy
from incidents.release.tables.cells import OUT, Shown
from incidents.release.text.facts import INCIDENTS, REASONS, Fates, key
from incidents.release.text.writing import Material
from incidents.release.wanted import NOISED, ROUNDED

TYPED = "typed"  # of a manifest: what whoever prepared it typed

DEFINITION = {
    "en": "No count of one to four is printed, and none can be worked out from the others: every table, chart and "
    "number of the text was protected together and audited.",
    "es": "No se imprime ningún conteo de uno a cuatro ni puede deducirse de los demás: todas las tablas, gráficas y "
    "cifras del texto se protegieron juntas y se revisaron.",
}
FIVES = {
    "en": "Every count is rounded to a multiple of five, up or down, by itself and always the same way; 0 is printed "
    "only where it is true, and totals need not be the sum of their parts.",
    "es": "Cada conteo se redondea a un múltiplo de cinco, hacia arriba o hacia abajo, por sí mismo y siempre igual; 0 "
    "se imprime solo donde es cierto, y los totales pueden no ser la suma de sus partes.",
}
PLAIN = {
    "en": "No protection: every count is printed as it is. Not for publication, unless all of it was published before.",
    "es": "Sin protección: cada conteo se imprime como es. No se publica, salvo que todo se haya publicado antes.",
}
PUBLISHED = {
    "en": "No protection: every count is printed as it is. Others published all of it before; nothing that anybody "
    "told the organization itself is in it.",
    "es": "Sin protección: cada conteo se imprime como es. Todo lo publicaron otros antes; nada de lo que alguien le "
    "contó a la propia organización está aquí.",
}
CHANCE = {
    "en": "Chance was added to every number (ε = {epsilon}): with 95 % it is off by {off} at most, and from all of "
    "them together it can hardly be told whether any one person, or any one incident with everybody counted in it, is "
    "in the data.",
    "es": "A cada número se le sumó azar (ε = {epsilon}): con 95 % se desvía a lo más {off}, y de todos juntos apenas "
    "puede saberse si una persona, o un incidente con todas las personas que cuentan en él, está en los datos.",
}

# What the sentence of a policy for tables says is so of the usual way to protect them; the others are said beside it.
OTHERWISE = {
    "en": "That is so where small counts are hidden. Rounded instead, every number is a multiple of five.",
    "es": "Así es si se ocultan los conteos pequeños. Si en vez de eso se redondea, cada número es múltiplo de cinco.",
}
OR_CHANCE = {
    "en": "With chance added instead, numbers from one to four are printed like any other, and none of them is exact.",
    "es": "Si en vez de eso se suma azar, los números de uno a cuatro se imprimen como los demás, y ninguno es exacto.",
}

README = """{head}
Policy / Política: {policy}

{en}
{es}

{cite}
Date of data / Fecha de los datos: {data_date}
(the day on which it was taken, not the period that it covers / el día en que se tomaron, no el periodo que abarcan)

T1-….en.csv, .es.csv   each table with its notes, English and Spanish / cada tabla con sus notas, en inglés y español
                       -A attempted, -C completed, -U not known which / tentativas, consumados, no se sabe
tables-en.xlsx, -es    all of them in one workbook / todas en un libro
report-en.docx, -es    methodology, findings, charts / metodología, hallazgos, gráficas
report-en.html, -es    the same, for a browser / lo mismo, para un navegador
chart-…, map-…         the pictures by themselves, SVG and PNG / las imágenes por separado, SVG y PNG
{more}{quotes}citation.json          the citation, for Zotero and others / la cita, para Zotero y otros programas
manifest.json          what was promised, counted and left out / lo prometido, lo contado y lo excluido

{marks}Rows need not add up: an incident or a person may stand in several.
Los renglones pueden no sumar: un incidente o una persona pueden estar en varios.

These are reports of incidents, not a representative sample, and not findings of a court.
Son reportes de incidentes, no una muestra representativa, y no son conclusiones de un tribunal.
"""
MARKS = """“<5” is fewer than five. “…” is another number that would give a small one away.
«<5» es menos de cinco. «…» es otro número que delataría uno pequeño.

"""
QUOTES = """quotes.en.csv, .es     what people told, as in the report, each in its own language (es, en …) / lo que las
                       personas contaron, como en el informe, cada quien en su idioma (es, en …)
                       kind: quote, account, case = cita, relato, caso; who = quién; words = palabras; note = nota
                       source: how this pack is cited / fuente: cómo se cita este paquete
                       language: empty where nobody noted it / idioma: vacío si nadie lo anotó
"""


def sentence(rules: Policy, language: str) -> str:
    """What a policy does, before anybody chose how its counts are protected: true of each way that it offers."""
    if rules.product != "tables" or not rules.protection:
        return rules.text(language)
    said = [rules.text(language), OTHERWISE[language], *([OR_CHANCE[language]] if rules.noise else [])]
    return " ".join(said)


def definition(rules: Policy, method: str) -> dict[str, str]:
    """What is promised, in a sentence."""
    if not rules.protection:
        return PUBLISHED if rules.published else PLAIN
    return FIVES if method == ROUNDED else DEFINITION


def with_noise(noise: Mapping[str, Any]) -> dict[str, str]:
    """The same with noise. `noise`: that of a manifest."""
    return {language: text.format(**noise) for language, text in CHANCE.items()}


def outward(promised: Mapping[str, Any], material: Material) -> dict[str, Any]:
    """As it leaves: the counts in and out are protected with the tables, and say what these let them say."""
    shown, facts = material.shown, material.facts
    if shown.method == NOISED:
        return _with_noise(promised, shown)
    fates = facts.fates or Fates("incidents", 0, {})
    reasons = {reason: key("left_out", reason=reason, unit=fates.unit) for reason in REASONS}
    counts = {
        "considered": shown.values.get(fates.total, OUT),
        "released": shown.values.get(INCIDENTS, OUT),
        "excluded": {name: shown.values[each] for name, each in reasons.items() if shown.values.get(each)},
    }
    filters = {n: "one import" if n == "batch" else value for n, value in promised["filters"].items()}
    ours = {name: value for name, value in promised.items() if name != TYPED}  # it stands in the text
    if shown.method == ROUNDED:  # the sentence of the policy is of the usual way
        ours["rules"] = promised["rules"] | {"text": promised["definition"]}
    return {**ours, "counts": counts, "filters": filters}


def _with_noise(promised: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    """Nothing that was counted, and not what earlier editions share with it: that is counted, too."""
    ours = {noised.WITHIN, TYPED}
    rules = promised["rules"] | {"text": promised["definition"]}
    filters = {n: "one import" if n == "batch" else value for n, value in promised["filters"].items()}
    left = {name: value for name, value in promised.items() if name not in ours}
    return {**left, "rules": rules, "counts": {"released": shown.values[INCIDENTS]}, "filters": filters}
