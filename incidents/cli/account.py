"""Set up from a script; who works here; the way back with the custodians' shares."""

import re
from pathlib import Path
from typing import Any, TextIO

import click

from config import Settings
from incidents import accounts, founding, members
from incidents.cli.frame import Desk, FileNotUsable, address, as_member, opened, secret, table
from incidents.errors import NoKey, NotFound, Problem, _
from incidents.model.account import User
from incidents.model.tongues import LANGUAGES
from incidents.model.vocabulary import Role
from incidents.work import NODE_ACTOR, Compartment, House, Ring, Work, begin, keys

ROLES = click.Choice([role.value for role in Role])


class SharesDoNotFit(Problem):
    """Too few, mistyped, of another set or of another instance: which one is not told apart."""

    status = 422
    code = "shares-do-not-fit"
    sentence = _("These shares open nothing here: too few, mistyped, or of another set. Nothing was changed.")


# -- the first run


class Shares(click.ParamType[tuple[int, int], Any]):
    """2of3: two shares open, three are made."""

    name = "NofM"

    def convert(self, value: str | tuple[int, int], param: object, ctx: object) -> tuple[int, int]:  # noqa: ARG002  click's signature
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d{1,2})of(\d{1,2})", value)
        needed, made = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 2 <= needed <= made <= 16:
            self.fail("write it as 2of3: at least 2 that open, at most 16 that are made")
        return needed, made


@click.command()
@click.option("--organisation", metavar="O", required=True, help="The organisation whose instance this is.")
@click.option("--coordinator", metavar="NAME", required=True, help="The first member: a coordinator.")
@click.option(
    "--passphrase-file",
    metavar="FILE",
    type=click.File(encoding="utf-8"),
    help="The coordinator's passphrase (- for standard input); asked for without it.",
)
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True)
@click.option(
    "--shares",
    type=Shares(),
    default="2of3",
    show_default=True,
    help="Escrow shares: so many open, of so many made.",
)
@click.pass_context
def init(
    context: click.Context,
    organisation: str,
    coordinator: str,
    passphrase_file: TextIO | None,
    language: str,
    shares: tuple[int, int],
) -> None:
    """Set up from a script; prints what belongs on paper."""
    passphrase = secret(passphrase_file, f"A passphrase for {coordinator}")
    with opened(context, making=True) as house:
        made = founding.found(
            house,
            organisation,
            coordinator,
            passphrase,
            language=language,
            threshold=shares[0],
            custodians=shares[1],
        )
        sheet = _sheet(organisation, coordinator, made, shares, founding.pepper(house))
        _shown(house, made.token)
    click.echo(sheet)


def _sheet(organisation: str, name: str, made: founding.Founded, shares: tuple[int, int], pepper: str) -> str:
    """What is printed or copied by hand, then put in safe places; it is not shown again."""
    line = "=" * 78
    parts = [
        f"{organisation}: recovery sheet. Shown once. Print it or copy it by hand; keep the parts apart.",
        f"RECOVERY CODE of {name} (opens the account when the passphrase is forgotten)\n\n{wrapped(made.recovery)}",
        *(
            f"ESCROW SHARE {number} of {shares[1]} (any {shares[0]} of them open everything: one custodian each)\n\n"
            + wrapped(share)
            for number, share in enumerate(made.shares, 1)
        ),
        f"PEPPER (passphrases open nothing without it; the file `pepper` of the instance)\n\n{wrapped(pepper, 4)}",
        f"FINGERPRINT (where the chain of members ends; compare it when in doubt)\n\n    {made.fingerprint}",
    ]
    return f"\n{line}\n".join(["", *parts, ""])


def wrapped(text: str, words: int = 6) -> str:
    """A few words a line, so that a hand can copy them."""
    given = text.split()
    return "\n".join("    " + " ".join(given[start : start + words]) for start in range(0, len(given), words))


def _shown(house: House, token: bytes) -> None:
    """There is no dialogue: what was printed counts as read, is forgotten here, and no session stays."""
    found = house.sessions.find(token)
    if found is not None:
        confirm_recovery(house, found.ring)
        accounts.drop_shares(house, found.ring)
    house.sessions.end(token)


def confirm_recovery(house: House, ring: Ring) -> None:
    """The code is on the terminal: say its own words back."""
    words = (accounts.shown_recovery_code(house, ring) or "").split()
    accounts.confirm_recovery_code(house, ring, dict(enumerate(words, 1)))


# -- members


@click.group()
def users() -> None:
    """Who works here: list, add, confirm, change, remove."""


@users.command("list")
@as_member
def list_(desk: Desk) -> None:
    """Every account, what it may, which keys it holds."""
    with desk.work() as work:
        listed = members.members(work)
        few = members.too_few(work)
    table(
        ("NAME", "STATE", "ROLES", "KEYS", "SECOND FACTOR", "FINGERPRINT"),
        [
            (
                member.user.name,
                member.user.state.value,
                ",".join(member.user.roles),
                ",".join(sorted(member.holds)) or "-",
                "yes" if member.second_factor else "no",
                member.fingerprint or "-",
            )
            for member in listed
        ],
    )
    warn(few)


def warn(few: dict[Compartment, int]) -> None:
    """No content hangs on one person."""
    if few:
        said = ", ".join(f"{compartment.value} ({count})" for compartment, count in few.items())
        click.echo(f"Take care: fewer than two people can open {said}.", err=True)


@users.command()
@click.argument("name")
@click.option(
    "--role", "roles", type=ROLES, multiple=True, required=True, help="May be given more than once."
)
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True)
@click.option(
    "--new-passphrase-file",
    metavar="FILE",
    type=click.File(encoding="utf-8"),
    help="Let them join at once with the passphrase in FILE, and confirm them; prints their recovery code.",
)
@as_member
def add(
    desk: Desk, name: str, roles: tuple[str, ...], language: str, new_passphrase_file: TextIO | None
) -> None:
    """Invite a member: prints a one-time link, or joins and confirms at once."""
    passphrase = None if new_passphrase_file is None else secret(new_passphrase_file, "")
    if passphrase is not None:
        accounts.check_passphrase(passphrase)
    with desk.work() as work:
        user, token = members.invite(work, name, [Role(role) for role in roles], language)
    if passphrase is None:
        _say_link(user, token)
        return
    code = join_at_once(desk, user, token, passphrase)
    click.echo(f"{user.name} is a member. Their recovery code, shown once:\n\n{wrapped(code)}\n")


def join_at_once(desk: Desk, user: User, token: str, passphrase: str) -> str:
    """Join in their place and confirm: for set-up by script, where one hand does both. The recovery code."""
    session, code = accounts.join(desk.house, token, passphrase)
    found = desk.house.sessions.find(session)
    if found is not None:
        confirm_recovery(desk.house, found.ring)
    desk.house.sessions.end(session)
    with desk.work() as work:
        members.confirm(work, named(work, user.name))
    return code


def _say_link(user: User, token: str) -> None:
    click.echo(f"A one-time link for {user.name}, until {user.link_until}:\n")
    click.echo(f"    {address(Settings.from_environment(), 'join', token)}\n")
    click.echo("Where members reach this server under another name, that name takes the place of localhost.")


def named(work: Work, name: str) -> User:
    """The account of this name."""
    user = accounts.by_name(work.house, name)
    if user is None:
        raise NotFound
    return user


@users.command()
@click.argument("name")
@as_member
def confirm(desk: Desk, name: str) -> None:
    """Confirm who joined: sign their key, grant what their roles need."""
    with desk.work() as work:
        user = named(work, name)
        fingerprint = members.fingerprint(work, user)
        members.confirm(work, user)
    click.echo(f"Confirmed {user.name}, whose key has the fingerprint {fingerprint}: compare it with them.")


@users.command("roles")
@click.argument("name")
@click.option("--role", "roles", type=ROLES, multiple=True, required=True, help="All roles from now on.")
@as_member
def set_roles(desk: Desk, name: str, roles: tuple[str, ...]) -> None:
    """Give other roles, with more keys or fewer."""
    with desk.work() as work:
        members.set_roles(work, named(work, name), [Role(role) for role in roles])
        few = members.too_few(work)
    click.echo(f"{name} is now {', '.join(sorted(roles))}.")
    warn(few)


@users.command()
@click.argument("name")
@as_member
def disable(desk: Desk, name: str) -> None:
    """End every session at once, until enabled again."""
    with desk.work() as work:
        members.disable(work, named(work, name))
    click.echo(f"{name} is disabled. Every session of theirs ended.")


@users.command()
@click.argument("name")
@as_member
def enable(desk: Desk, name: str) -> None:
    """Let a disabled member in again."""
    with desk.work() as work:
        members.enable(work, named(work, name))
    click.echo(f"{name} is enabled again.")


@users.command()
@click.argument("name")
@as_member
def renew(desk: Desk, name: str) -> None:
    """A new link for who lost passphrase and recovery code."""
    with desk.work() as work:
        user = named(work, name)
        token = members.renew(work, user)
    _say_link(user, token)


@users.command()
@click.argument("name")
@as_member
def remove(desk: Desk, name: str) -> None:
    """Remove for good; what they could open gets new keys."""
    with desk.work() as work:
        members.remove(work, named(work, name))
    click.echo(f"{name} is removed. Making new keys for what they could open ...", err=True)
    done = members.finish_removals(desk.house, desk.ring, desk.actor.id)
    with desk.work() as work:
        few = members.too_few(work)
    click.echo(f"{name} is removed, and {done:,} data keys were wrapped anew.")
    warn(few)


# -- the last way back


@click.command()
@click.option(
    "--shares-file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The custodians' shares, one a line.",
)
@click.option(
    "--to", "name", metavar="NAME", required=True, help="The member who is granted every key again."
)
@click.pass_context
def recover(context: click.Context, shares_file: Path, name: str) -> None:
    """With the escrow shares: grant a member all keys."""
    shares = _shares(shares_file)
    with opened(context) as house, begin(house, NODE_ACTOR, None) as work:
        user = named(work, name)
        work.note("escrow.opened", user, shares=len(shares))
        try:
            keys.from_escrow(house.keystore, shares, user.id)
        except NoKey:
            raise SharesDoNotFit from None
    click.echo(f"{user.name} holds every key again.")


def _shares(file: Path) -> list[str]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise FileNotUsable(file=file.name, why="it is not UTF-8 text") from None
    return [" ".join(line.split()) for line in lines if line.strip()]
