"""The policies of a release, each in plain words, and the hierarchies by which values say less."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import format_percent, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incidents.errors import NotFound
from incidents.gate import needs
from incidents.release import hierarchy, making, nodes, policy, promises, tabled, trees, versions
from incidents.release.noising import plainly
from incidents.release.policy import Policy, Quasi, Secret
from incidents.web import manifest as manifests
from incidents.web.frame import page, work
from incidents.web.language import label, reads
from incidents.web.records import who
from incidents.work import Permission

P = Permission
routes = Blueprint("policies", __name__, url_prefix="/policies")
FIRST = "dataset-research"  # the policy by which a hierarchy is counted, where nobody chose another
PRODUCTS = {
    "rows": _l("a row file"),
    "tables": _l("tables of counts"),
    "narratives": _l("accounts and quotes for the text of a report"),
}
UNITS = {"act": _l("acts"), "person": _l("persons"), "incident": _l("incidents")}


def counted_in(unit: str, number: int) -> str:
    """“rows”, “incidents” or “persons”, as it stands behind a number."""
    if unit == "act":
        return str(ngettext("row", "rows", number))
    if unit == "incident":
        return str(ngettext("incident", "incidents", number))
    return str(ngettext("person", "persons", number))


HIERARCHIES = {
    "act": (_l("Acts"), _l("What was done: an act becomes its group.")),
    "age": (_l("Ages"), _l("Years become bands, bands become child or adult.")),
    "gender": (_l("Gender"), _l("Women and men are shown; what few would share is not.")),
    "moment": (
        _l("Days"),
        _l("A day becomes its month, quarter, year, and then is not told. Days are without end: no list."),
    ),
    "nationality": (
        _l("Nationalities"),
        _l("A country becomes a part of a continent, then a continent (UN M49)."),
    ),
    "perpetrator": (_l("Alleged perpetrators"), _l("A kind of perpetrator becomes its group.")),
    "place": (_l("Places"), _l("A municipality becomes its state, a region of Mexico, the country.")),
}


@routes.app_template_filter("policy")
def title(name: str) -> str:
    """What people call a policy; of one that is there no more, its name."""
    return policy.load(name).title(reads()) if name in policy.names() else name


@routes.get("/")
@needs(P.RELEASE_DOWNLOAD)
def listed() -> Response:
    """Every policy in a sentence; or the one that the address asks for, with its rules and a count, if asked for."""
    name = request.args.get("policy", "")
    if name:
        return page("release/policy.html", **_one(name))
    lines = [
        {
            "name": each.name,
            "text": promises.sentence(each, reads()),
            "terms": _terms(each),
            "elsewhere": each.product not in making.MADE,
            "url": url_for("policies.listed", policy=each.name),
        }
        for each in map(policy.load, policy.names())
    ]
    return page("release/policies.html", policies=lines, may_prepare=work().actor.may(P.RELEASE_PREPARE))


def _terms(rules: Policy) -> str:
    k = f"k = {rules.k}" if rules.protection else _("no protection")
    return f"{k}, " + signatures(rules)


def signatures(rules: Policy) -> str:
    """How many sign; of tables, also how many where they print quotes or hold chance."""
    said = str(ngettext("%(num)s signature", "%(num)s signatures", rules.signatures))
    if rules.product != tabled.PRODUCT or rules.signatures >= tabled.TWO:
        return said
    return str(_("%(signatures)s; %(more)s with quotes or with chance", signatures=said, more=tabled.TWO))


def _one(name: str) -> dict[str, Any]:
    if name not in policy.names():
        raise NotFound
    rules = policy.load(name)
    may = rules.protection and rules.product == "rows" and work().actor.may(P.RELEASE_PREPARE)
    return {
        "policy": {
            "name": name,
            "text": promises.sentence(rules, reads()),
            "terms": _terms(rules),
            "digest": rules.digest[:12],
        },
        "rules": _rules(rules),
        "columns": [_column(rules, column) for column in rules.columns],
        "readers": [
            {
                "text": each.text_es if reads() == "es" else each.text_en,
                "columns": [manifests.brief(name) for name in each.columns],
            }
            for each in rules.attackers
        ],
        "levels": [_levels(quasi) for quasi in rules.quasi] if may else [],
        "counted": _counted(rules) if may and request.args.get("count") else None,
    }


def _rules(rules: Policy) -> list[tuple[str, str]]:
    """What a policy promises and asks for, a line each."""
    said = [
        (_("It makes"), str(PRODUCTS[rules.product])),
        (_("It counts"), str(UNITS[rules.unit])),
        (_("Consent to"), ", ".join(label(code, "consent_purpose") for code in rules.purposes)),
        (_("Acts that are"), ", ".join(label(code, "verification") for code in rules.states)),
        (_("Signatures"), signatures(rules)),
    ]
    if not rules.protection:
        none = _("none: every count as it is") if rules.product == "tables" else _("none: rows as recorded")
        return [*said, *_only_published(rules), (_("Protection"), none)]
    k = _("each row looks like at least %(k)s incidents and %(k)s persons", k=rules.k)
    return [
        *said,
        (_("Smallest group"), k),
        (_("Left out for that"), _("at most %(share)s of the rows", share=format_percent(rules.suppression))),
        *_noise(rules),
    ]


def _noise(rules: Policy) -> list[tuple[str, str]]:
    """Where chance may be added to its counts: in one sentence what that is."""
    if rules.noise is None:
        return []
    said = _(
        "where it is chosen, every count is off by chance, with 95 %% by %(off)s at most, and one person changes all "
        "of them together by %(cells)s at most. An edition costs those in it ε = %(epsilon)s, all of them %(ceiling)s "
        "at most",
        ceiling=plainly(rules.noise.ceiling),
        **rules.noise.said(),
    )
    return [(_("Chance (method D)"), said)]


def _only_published(rules: Policy) -> list[tuple[str, str]]:
    return [(_("Only"), _("what others published and nobody told us"))] if rules.published else []


def _column(rules: Policy, name: str) -> dict[str, str]:
    quasi = next((each for each in rules.quasi if each.column == name), None)
    secret = next((each for each in rules.secret if each.column == name), None)
    told = _("as recorded")
    if quasi is not None:
        told = " ".join(_coarsened(quasi))
    elif secret is not None:
        told = _secret(secret)
    return {"name": name, "meaning": manifests.meaning(name), "told": told}


def _coarsened(quasi: Quasi) -> list[str]:
    finest = quasi.finest or hierarchy.named(quasi.hierarchy).levels[0]
    said = [_("At the finest %(level)s.", level=manifests.level_in_words(finest))]
    if quasi.rare:
        said.append(
            _("What fewer than %(num)s incidents or persons carry is told more coarsely.", num=quasi.rare)
        )
    if quasi.ends:
        said.append(_("Outliers at both ends are told together, %(num)s at least.", num=quasi.ends))
    if quasi.ended:
        said.append(_("What is not over, or cut by the filter, stays out."))
    return said


def _secret(secret: Secret) -> str:
    if secret.l > 1:
        return str(_("Told only in groups in which it has at least %(num)s different values.", num=secret.l))
    return str(_("In each group its shares stay near those of all rows."))


def _levels(quasi: Quasi) -> dict[str, Any]:
    """The levels that may be chosen for a column."""
    return {
        "name": f"level.{quasi.column}",
        "column": quasi.column,
        "url": url_for("policies.trees", name=quasi.hierarchy),
        "hierarchy": HIERARCHIES[quasi.hierarchy][0],
        "chosen": request.args.get(f"level.{quasi.column}", ""),
        "options": [(level, manifests.level_in_words(level)) for level in quasi.levels],
    }


def _counted(rules: Policy) -> dict[str, Any]:
    """What is left at the levels in the address, of the data of today."""
    wanted = {quasi.column: request.args.get(f"level.{quasi.column}", "") for quasi in rules.quasi}
    return _weighed(nodes.of_today(work(), rules, wanted), rules)


def _weighed(found: nodes.Weighed, rules: Policy) -> dict[str, Any]:
    return {
        "k": rules.k,
        "rows": found.rows,
        "kept": found.kept,
        "out": found.out,
        "classes": found.classes,
        "loss": manifests.share(found.loss),
        "lost": [(column, manifests.share(part)) for column, part in found.lost.items()],
    }


# -- hierarchies


@routes.get("/hierarchies", endpoint="trees")
@needs(P.RELEASE_DOWNLOAD)
def hierarchies() -> Response:
    """Every hierarchy; or the one that the address asks for, level by level and, if asked, with the data of today."""
    name = request.args.get("name", "")
    if name:
        return page("release/hierarchy.html", **_tree(name))
    lines = [
        {
            "text": text,
            "about": about,
            "url": url_for("policies.trees", name=each),
            "levels": " → ".join(manifests.level_in_words(level) for level in hierarchy.named(each).levels),
        }
        for each, (text, about) in HIERARCHIES.items()
    ]
    return page("release/hierarchies.html", hierarchies=lines, version=hierarchy.version())


def _tree(name: str) -> dict[str, Any]:
    if name not in HIERARCHIES:
        raise NotFound
    found, (text, about) = trees.shown(name), HIERARCHIES[name]
    users = [rules for rules in map(policy.load, policy.names()) if _uses(rules, name)]
    may = bool(users) and work().actor.may(P.RELEASE_PREPARE)
    rules = next((each for each in users if each.name == request.args.get("by", FIRST)), None)
    if rules is None and "by" in request.args:
        raise NotFound
    return {
        "name": name,
        "text": text,
        "about": about,
        "levels": [
            (manifests.level_in_words(level), size)
            for level, size in zip(found.levels, found.sizes, strict=True)
        ],
        "version": found.version,
        "edit_url": url_for("hierarchies.edit", name=name)
        if versions.may_set(work()) and name in versions.SET
        else "",
        "history": _history(name),
        "problem_of_tree": found.problem.said(_) if found.problem else "",
        "missing": [manifests.value_in_words(name, code) for code in found.missing],
        "tree": [_branch(name, each) for root in found.tree for each in root.below],
        "root": found.tree[0].label if found.tree else "",
        "by": [each.name for each in users] if may else [],
        "chosen": rules.name if rules else "",
        "counted": _by_level(rules, name) if may and rules and request.args.get("count") else None,
    }


def _uses(rules: Policy, name: str) -> bool:
    return rules.product == "rows" and any(quasi.hierarchy == name for quasi in rules.quasi)


def _branch(column: str, branch: trees.Branch) -> dict[str, Any]:
    return {
        "code": branch.label,
        "text": manifests.value_in_words(column, branch.label),
        "below": [_branch(column, each) for each in branch.below],
    }


def _by_level(rules: Policy, name: str) -> dict[str, Any]:
    """The column that goes along this hierarchy, at each level, as if nothing else were told."""
    column = next(quasi.column for quasi in rules.quasi if quasi.hierarchy == name)
    found = nodes.by_level(nodes.coded(work(), rules), rules, column)
    return {
        "column": column,
        "k": rules.k,
        "rows": found[0].rows,
        "levels": [
            {
                "text": manifests.level_in_words(each.levels[column]),
                "classes": each.classes,
                "out": each.out,
                "lost": manifests.share(each.lost[column]),
            }
            for each in found
        ],
    }


def _history(name: str) -> list[dict[str, Any]]:
    """The versions of a hierarchy for its page, the newest first; the last is the shipped file."""
    may = versions.may_set(work()) and name in versions.SET
    lines = [
        {
            "number": row.number,
            "digest": row.digest[:12],
            "on": row.set_on,
            "who": who(row.set_by),
            "why": why,
        }
        for row, why in versions.history(work(), name)
    ]
    file = hierarchy.file(name)
    shipped = {"number": 0, "digest": file.digest[:12], "on": None, "who": "", "why": ""}
    for each in (*lines, shipped):
        back = may and each["number"] != versions.standing(name).number
        each["back"] = url_for("hierarchies.edit", name=name, version=each["number"]) if back else ""
    return [*lines, shipped]
