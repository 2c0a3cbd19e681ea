"""The figures of the week, frozen on the command line."""


def test_the_figures_of_the_week_are_frozen_once(line):
    assert "Frozen: 0–4 incidents" in line("release", "figures", as_="Ana").stdout
    again = line("release", "figures", as_="Ana", code=1)
    assert "seven days later" in again.output
