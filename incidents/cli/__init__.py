"""DOOR: the command line, which `./run COMMAND` hands on."""

import os
import sys

import click

from incidents.cli import (
    account,
    anonymize,
    backup,
    demo,
    evidence,
    export,
    importers,
    places,
    release,
    review,
    saved,
    series,
    serve,
    template,
    trail,
    vocabulary,
)
from incidents.cli.frame import Commands, MakeApp

COMMANDS = (
    serve.serve,
    serve.worker,
    account.init,
    account.users,
    account.recover,
    importers.import_,
    importers.basis,
    export.export_,
    saved.mapping,
    template.template_,
    series.series,
    places.places,
    review.review_,
    release.release,
    anonymize.anonymize_,
    evidence.evidence_,
    trail.audit,
    backup.backup_,
    backup.restore,
    vocabulary.vocabulary,
    demo.demo,
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def commands() -> None:
    """Amparo documents human-rights incidents: sealed reports in, verified and anonymized data out.

    A command that seals or opens something takes --as NAME and asks for that member's passphrase, or reads it
    from --passphrase-file. Secrets never stand in the arguments. The instance is the folder AMPARO_INSTANCE
    (default: instance/).
    """


for command in COMMANDS:
    commands.add_command(command)


def main(make_app: MakeApp) -> None:
    """Run what the arguments ask for. `make_app` puts the house together; it stands above this door."""
    os.umask(0o077)  # whatever a command writes is its owner's
    commands.main(sys.argv[1:], prog_name="./run", obj=make_app)
