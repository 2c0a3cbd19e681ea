"""Files in chunks: whole and in order, or refused."""

import itertools
import os
import tracemalloc
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.envelope import Kind, keyver
from crypto.errors import Tampered
from crypto.stream import CHUNK_BYTES, open_stream, seal_stream

DEK = bytes(range(32))
THING, FILE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
START = 71
SEALED = CHUNK_BYTES + 16


def sealed(data, keyver=1, file=FILE):
    return b"".join(seal_stream(DEK, keyver, THING, file, [data]))


def opened(blob, dek=DEK, thing=THING, file=FILE):
    return b"".join(open_stream(dek, thing, file, [blob]))


def chunks_of(blob):
    return [blob[at : at + SEALED] for at in range(START, len(blob), SEALED)]


@pytest.mark.parametrize(
    "size",
    [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7, 5_000_000],
)
def test_a_file_of_any_size_comes_back_as_it_was(size):
    data = os.urandom(size)
    blob = sealed(data)
    assert opened(blob) == data
    assert len(blob) == START + size + 16 * max(1, -(-size // CHUNK_BYTES))


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)), st.lists(st.integers(0, 460)))
def test_the_pieces_a_file_arrives_in_do_not_matter(data, borders_in, borders_out):
    def pieces(whole, borders):
        cuts = sorted({0, len(whole), *(border for border in borders if border < len(whole))})
        return [b"", *(whole[one:two] for one, two in itertools.pairwise(cuts)), b""]

    blob = b"".join(seal_stream(DEK, 1, THING, FILE, pieces(data, borders_in)))
    assert b"".join(open_stream(DEK, THING, FILE, pieces(blob, borders_out))) == data


def test_the_pieces_that_come_out_hold_at_most_64_kib():
    blob = sealed(bytes(3 * CHUNK_BYTES + 7))
    assert [len(piece) for piece in open_stream(DEK, THING, FILE, [blob])] == [CHUNK_BYTES] * 3 + [7]
    assert list(open_stream(DEK, THING, FILE, [sealed(b"")])) == []


def test_a_long_file_passes_in_constant_memory():
    megabytes = 32
    piece = bytes(1024 * 1024)
    length = 0
    tracemalloc.start()
    for part in open_stream(
        DEK, THING, FILE, seal_stream(DEK, 1, THING, FILE, (piece for _ in range(megabytes)))
    ):
        length += len(part)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert length == megabytes * len(piece)
    assert peak < 3 * len(piece)


def test_a_file_is_read_only_as_far_as_it_is_asked_for():
    taken = []

    def source():
        for number in range(10):
            taken.append(number)
            yield bytes(CHUNK_BYTES)

    stream = open_stream(DEK, THING, FILE, seal_stream(DEK, 1, THING, FILE, source()))
    next(stream)
    assert len(taken) <= 4


def test_the_key_version_can_be_read_before_the_key_is_fetched():
    assert keyver(sealed(b"x", keyver=9), Kind.FILE) == 9


@pytest.mark.parametrize(
    ("dek", "thing", "file"),
    [(DEK[::-1], THING, FILE), (DEK, OTHER, FILE), (DEK, THING, OTHER), (DEK, FILE, THING)],
    ids=["key", "object", "file", "swapped"],
)
def test_a_file_opens_only_at_its_place_and_with_its_key(dek, thing, file):
    with pytest.raises(Tampered):
        opened(sealed(b"evidence"), dek, thing, file)


def test_a_file_renamed_in_its_head_does_not_open_at_the_other_place():
    blob = sealed(b"evidence")
    moved = blob[:23] + OTHER.bytes + blob[39:]
    with pytest.raises(Tampered):
        opened(moved, file=OTHER)


def test_every_flipped_bit_of_a_file_is_noticed(flips):
    for damaged in flips(sealed(b"evidence")):
        with pytest.raises(Tampered):
            opened(damaged)


def test_every_cut_of_a_file_is_noticed(cuts):
    for damaged in cuts(sealed(b"evidence")):
        with pytest.raises(Tampered):
            opened(damaged)


BLOB = sealed(b"".join(bytes([number]) * CHUNK_BYTES for number in range(3)) + b"end")
HEAD, (FIRST, SECOND, THIRD, LAST) = BLOB[:START], chunks_of(BLOB)
REARRANGED = {
    "cut after a chunk": [FIRST, SECOND],
    "cut before the end": [FIRST, SECOND, THIRD],
    "cut to nothing": [],
    "only the end": [LAST],
    "swapped": [SECOND, FIRST, THIRD, LAST],
    "dropped": [FIRST, THIRD, LAST],
    "doubled": [FIRST, FIRST, SECOND, THIRD, LAST],
    "end doubled": [FIRST, SECOND, THIRD, LAST, LAST],
    "chunk behind the end": [FIRST, SECOND, THIRD, LAST, FIRST],
    "end too early": [FIRST, SECOND, LAST, THIRD],
    "byte behind the end": [FIRST, SECOND, THIRD, LAST, b"\0"],
    "cut in the end": [FIRST, SECOND, THIRD, LAST[:-1]],
    "cut in a chunk": [FIRST, SECOND[:-1], THIRD, LAST],
}


@pytest.mark.parametrize("chunks", REARRANGED.values(), ids=REARRANGED)
def test_a_file_put_together_anew_is_refused(chunks):
    assert opened(HEAD + FIRST + SECOND + THIRD + LAST).endswith(b"end")
    with pytest.raises(Tampered):
        opened(HEAD + b"".join(chunks))


@pytest.mark.parametrize("size", [CHUNK_BYTES, 2 * CHUNK_BYTES])
def test_a_file_that_ends_with_a_full_chunk_is_refused_when_cut_at_its_edge_or_lengthened(size):
    blob = sealed(bytes(size))
    for damaged in (blob[: START + size - CHUNK_BYTES], blob + b"\0", blob + blob[START:], blob[:-SEALED]):
        with pytest.raises(Tampered):
            opened(damaged)


def test_chunks_of_another_file_do_not_fit():
    other = sealed(bytes(CHUNK_BYTES) + b"end", file=OTHER)
    mine = sealed(bytes(CHUNK_BYTES) + b"end")
    for mixed in (mine[:START] + other[START:], mine[: START + SEALED] + other[START + SEALED :]):
        with pytest.raises(Tampered):
            opened(mixed)


def test_the_same_file_sealed_twice_shares_nothing_and_does_not_mix():
    one, two = sealed(bytes(CHUNK_BYTES) + b"end"), sealed(bytes(CHUNK_BYTES) + b"end")
    assert one[START : START + 16] != two[START : START + 16]
    with pytest.raises(Tampered):
        opened(one[: START + SEALED] + two[START + SEALED :])


def test_what_came_out_before_the_damage_was_genuine_and_the_end_is_refused():
    stream = open_stream(DEK, THING, FILE, [HEAD + FIRST + SECOND])
    assert next(stream) == b"\0" * CHUNK_BYTES
    with pytest.raises(Tampered):
        list(stream)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_file_s_key_has_32_bytes(size):
    with pytest.raises(ValueError, match="32 bytes"):
        seal_stream(bytes(size), 1, THING, FILE, [b""])
    with pytest.raises(ValueError, match="32 bytes"):
        next(open_stream(bytes(size), THING, FILE, [sealed(b"x")]))
