"""Collections stay off until the last of those who asked for it has ended."""

import gc

from incidents.undisturbed import undisturbed


def test_whoever_ends_first_does_not_switch_them_on_under_the_other():
    assert gc.isenabled()
    first, second = undisturbed(), undisturbed()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_where_they_were_off_they_stay_off():
    gc.disable()
    try:
        with undisturbed(), undisturbed():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
