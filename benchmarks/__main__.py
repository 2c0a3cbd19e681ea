"""What `./run bench [--large] [name…]` runs."""

import argparse
from datetime import UTC, datetime

from benchmarks.alone import LARGE, NAMES, USUAL, alone
from benchmarks.figures import KEPT, crowd, machine

HEAD = ("measure", "value", "asked", "", "times and memory")


def main():
    asked = argparse.ArgumentParser(prog="./run bench", description="Run again what we claim about speed.")
    asked.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}; none: all")
    asked.add_argument("--large", action="store_true", help="ten times the rows and keys")
    given = asked.parse_args()
    if unknown := set(given.names) - set(NAMES):
        asked.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    sections = []
    for name in given.names or NAMES:
        sections.append(section(name, *alone(name, LARGE if given.large else USUAL)))
        print(sections[-1], flush=True)
    if not given.names:
        KEPT.write_text(page(sections, "./run bench --large" if given.large else "./run bench"), "utf-8")


def section(name, figures, memory):
    """The table of one benchmark."""
    lines = [HEAD, ("---",) * len(HEAD), *(figure.cells() for figure in figures)]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"## {name}\nMemory of the process at its peak: {memory:.0f} MB.\n\n{table}\n"


def page(sections, how):
    """All tables, with the day and the machine."""
    day = datetime.now(UTC).date().isoformat()
    return "\n".join([f"# What was measured\n\nBy `{how}` on {day}. {machine()}.\n{crowd()}\n", *sections])


if __name__ == "__main__":
    main()
