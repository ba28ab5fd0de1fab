"""Files are taken apart into calls whatever their shape (a page, an array, one call, lines, or several of these one
after another), wherever the pieces that are read begin and end, and without holding more than one call and a buffer.
What cannot be JSON is given with its place and a reason, and what stands before it, and on other lines, is not lost.
"""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calldex.cli.reading import check_files, read_chunks, size_of
from calldex.core.errors import UsageError
from calldex.ingest.documents import Piece, split_calls

CALLS: list[dict[str, Any]] = [
    {"id": "a", "text": 'quote " and \\ back', "data": [1, {"id": "inside"}]},
    {"id": "b", "deep": {"data": {"id": "c"}}, "number": 1077.330},
    {"id": "\u00e9\U0001f600", "empty": {}, "list": [], "null": None},
]


def pieces(*chunks: str) -> list[Piece]:
    return list(split_calls(iter(chunks)))


def found(*chunks: str) -> list[Any]:
    """The calls of a file in which everything can be read."""
    taken = pieces(*chunks)
    assert [piece.error for piece in taken if piece.error is not None] == []
    return [json.loads(piece.raw) for piece in taken]


def places(taken: list[Piece]) -> list[tuple[str, int]]:
    return [(piece.place, piece.number) for piece in taken]


def page(calls: list[Any], **options: Any) -> str:
    return json.dumps({"data": calls, "current_page": 0, "total_records": 3, "next_page": None}, **options)


SHAPES = {
    "page": page(CALLS),
    "page over lines": page(CALLS, indent=2),
    "page without blanks": page(CALLS, separators=(",", ":")),
    "page whose calls come last": json.dumps({"total": 3, "odd": {"data": [1], "x": "]}"}, "data": CALLS}),
    "page with its name escaped": page(CALLS).replace('"data"', '"\\u0064ata"', 1),
    "array": json.dumps(CALLS),
    "array over lines": json.dumps(CALLS, indent="\t"),
    "lines": "\n".join(json.dumps(call) for call in CALLS),
    "lines with an end": "".join(json.dumps(call) + "\n" for call in CALLS),
    "lines of Windows": "".join(json.dumps(call) + "\r\n" for call in CALLS),
    "lines with empty ones": "\n\n".join(json.dumps(call) for call in CALLS) + "\n\n",
    "calls over lines": "\n".join(json.dumps(call, indent=4) for call in CALLS),
    "pages one after another": page(CALLS[:1]) + page(CALLS[1:], indent=1),
    "pages on lines": page(CALLS[:1]) + "\n" + page(CALLS[1:2]) + "\n" + page(CALLS[2:]),
    "arrays one after another": json.dumps(CALLS[:2]) + "\n" + json.dumps(CALLS[2:]),
    "wrapped calls": "\n".join(json.dumps({"data": call}) for call in CALLS),
    "a mark at the beginning": "\ufeff" + page(CALLS),
    "blanks around": "\n \t" + json.dumps(CALLS) + "\n \r\n",
    "beyond ascii": page(CALLS, ensure_ascii=False),
    "empty pages between": page([]) + json.dumps(CALLS) + "[]" + page([], indent=2),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_holds_the_same_calls(text: str) -> None:
    assert found(text) == CALLS


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), name=st.sampled_from(sorted(SHAPES)))
def test_it_does_not_matter_where_chunks_end(data: st.DataObject, name: str) -> None:
    text = SHAPES[name]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    chunks = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert found(*chunks) == CALLS
    assert places(pieces(*chunks)) == places(pieces(text))


@pytest.mark.parametrize("name", ["page", "lines of Windows", "calls over lines", "wrapped calls"])
def test_a_chunk_may_end_anywhere(name: str) -> None:
    text = SHAPES[name]
    assert found(*text) == CALLS
    for cut in range(len(text)):
        assert found(text[:cut], text[cut:]) == CALLS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
CALL = st.dictionaries(st.text(max_size=4), JSON, max_size=4).map(lambda body: {"id": "x"} | body)


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), calls=st.lists(CALL, max_size=4), indent=st.none() | st.integers(0, 3), ascii_only=st.booleans())
def test_any_calls_in_any_shape(
    data: st.DataObject, calls: list[dict[str, Any]], indent: int | None, ascii_only: bool
) -> None:
    calls = [call for call in calls if not isinstance(call.get("data"), list)]
    several = [json.dumps(call, ensure_ascii=ascii_only) for call in calls]
    text = data.draw(
        st.sampled_from(
            [
                json.dumps({"before": [1], "data": calls, "after": {}}, indent=indent, ensure_ascii=ascii_only),
                json.dumps(calls, indent=indent, ensure_ascii=ascii_only),
                "\n".join(several),
                "\n".join(json.dumps(call, indent=indent, ensure_ascii=ascii_only) for call in calls),
            ]
        )
    )
    size = data.draw(st.integers(1, 40))
    assert found(*(text[start : start + size] for start in range(0, len(text), size))) == calls


def test_places_count_lines_from_1_and_elements_from_0() -> None:
    assert places(pieces("\n" + "\n".join(map(json.dumps, CALLS)))) == [("line", 2), ("line", 3), ("line", 4)]
    assert places(pieces(SHAPES["page over lines"])) == [("index", 0), ("index", 1), ("index", 2)]
    starts = [("line", 1), ("line", 1 + json.dumps(CALLS[0], indent=1).count("\n") + 1)]
    assert places(pieces("\n".join(json.dumps(call, indent=1) for call in CALLS[:2]))) == starts
    assert places(pieces(page(CALLS[:2]) + page(CALLS[2:]))) == [("index", 0), ("index", 1), ("index", 2)]


def test_a_call_comes_out_as_it_is_written_but_for_blanks() -> None:
    odd = '{"id" :  "a", "n": 1077.330, "e": 1E+2, "u": "\\u00e9\u00e9", "big": 123456789012345678901234567890}'
    for text in (f"[{odd}]", f'{{"data": [ {odd} ]}}', odd, f"{odd}\n{odd}"):
        assert pieces(text)[0].raw.decode().replace(" ", "") == odd.replace(" ", "")


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff", "[]", "[ ]", '{"data": []}', '{"data":[],"total":0}\n'])
def test_a_file_may_hold_no_calls(text: str) -> None:
    assert pieces(text) == []


def test_a_bad_line_does_not_harm_the_others() -> None:
    taken = pieces('{"id": 1}\n{"id": 2, broken\n{"id": 3}\nnot json\n"text"\n{"id": 4}\n')
    assert [piece.number for piece in taken] == [1, 2, 3, 4, 5, 6]
    good = [json.loads(piece.raw) for piece in taken if piece.error is None and piece.number in (1, 3, 6)]
    assert good == [{"id": 1}, {"id": 3}, {"id": 4}]
    assert [piece.raw for piece in taken][1] == b'{"id": 2, broken'
    assert not any(piece.final for piece in taken)


def test_a_line_may_be_an_array_of_calls() -> None:
    taken = pieces('{"id": 1}\n[{"id": 2}, {"id": 3}]\n[]\n[4, broken\n{"id": 5}\n')
    assert [(piece.number, piece.raw) for piece in taken] == [
        (1, b'{"id":1}'),
        (2, b'{"id": 2}'),
        (2, b'{"id": 3}'),
        (4, b"[4, broken"),
        (5, b'{"id": 5}'),
    ]


def test_a_bad_first_line_does_not_harm_the_others() -> None:
    taken = pieces('{"id": 1, broken\n{"id": 2}\n{"id": 3}\n')
    assert (taken[0].place, taken[0].number, taken[0].raw.replace(b" ", b"")) == ("line", 1, b'{"id":1,broken')
    assert taken[0].error is not None
    assert [json.loads(piece.raw) for piece in taken[1:]] == [{"id": 2}, {"id": 3}]


@pytest.mark.parametrize("cut", range(1, len(SHAPES["page"])))
def test_a_page_that_ends_too_early_gives_what_is_whole_and_says_so_once(cut: int) -> None:
    taken = pieces(SHAPES["page"][:cut])
    broken = [piece for piece in taken if piece.error is not None]
    assert len(broken) == 1
    assert taken[-1] is broken[0]
    assert [json.loads(piece.raw) for piece in taken[:-1]] == CALLS[: len(taken) - 1]


def test_an_array_that_ends_too_early_ends_there() -> None:
    for text in ('[{"id": 1}, {"id": 2}', '[{"id": 1}, {"id": 2},', '[{"id": 1}, {"id": 2}, {"id"', "["):
        taken = pieces(text)
        assert taken[-1].error is not None
        assert taken[-1].final
        assert [json.loads(piece.raw)["id"] for piece in taken[:-1]] == [1, 2][: len(taken) - 1]


@pytest.mark.parametrize("text", ['[{"id": 1} {"id": 2}]', '[{"id": 1}; 2]', '{"data": [{"id": 1}}', "[1, nonsense]"])
def test_what_follows_a_mistake_in_an_array_is_not_guessed_at(text: str) -> None:
    taken = pieces(text + "\n" + json.dumps(CALLS))
    assert sum(piece.error is not None for piece in taken) == 1
    assert taken[-1].final


def test_control_characters_are_left_for_the_strict_reading() -> None:
    for text in ('{"a\tb": "c\td"}', '[{"a\tb": 1}]', '{"a\tb": [1], "data": [{"id": 1}]}'):
        assert [piece.error for piece in pieces(text)] == [None]


@pytest.mark.parametrize("opening", ['{"a":', "[", '{"id": 1, "a": ['])
def test_nesting_without_end_is_a_mistake_and_no_crash(opening: str) -> None:
    taken = pieces(opening * 100_000, "\n", json.dumps(CALLS[0]), "\n")
    assert taken[0].error is not None
    for piece in pieces(f"[{opening * 100_000}"):
        assert piece.error is not None


def test_bytes_that_are_no_text_come_through_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "odd.json"
    file.write_bytes(b'[{"id":"\xff\xfe"},{"id":"b"}]')
    taken = list(split_calls(read_chunks(str(file), lambda _: None)))
    assert [piece.raw for piece in taken] == [b'{"id":"\xff\xfe"}', b'{"id":"b"}']


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_files_are_read_plain_and_packed(tmp_path: Path, name: str) -> None:
    content = SHAPES[name].encode()
    for file, written in (("plain", content), ("packed", gzip.compress(content)), ("parts", _in_parts(content))):
        path = tmp_path / file
        path.write_bytes(written)
        counted: list[int] = []
        taken = list(split_calls(read_chunks(str(path), counted.append)))
        assert [json.loads(piece.raw) for piece in taken] == CALLS
        assert sum(counted) == len(written) == size_of([str(path)])


def _in_parts(content: bytes) -> bytes:
    return gzip.compress(content[:40]) + gzip.compress(content[40:])


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b", b"\x1f\x8bnonsense and more", gzip.compress(b"[" + b"1" * 999, mtime=0)[:-9]]
)
def test_a_damaged_packed_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged.gz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="damaged.gz is damaged"):
        list(split_calls(read_chunks(str(path), lambda _: None)))


def test_files_that_cannot_be_read_are_named_before_anything_happens(tmp_path: Path) -> None:
    for files, words in (([str(tmp_path)], "is a folder"), (["/nowhere"], "cannot be read"), (["-", "-"], "only once")):
        with pytest.raises(UsageError, match=words):
            check_files(files)


LARGE = 60_000_000


def _large(shape: str) -> Iterator[str]:
    call = json.dumps({"id": "x", "text": "word " * 400})
    count = LARGE // len(call)
    yield {"page": '{"total": 1, "data": [', "array": "[", "lines": ""}[shape]
    for number in range(count):
        yield call + ("\n" if shape == "lines" else ",\n" if number < count - 1 else "")
    yield {"page": '], "next_page": null}', "array": "]", "lines": ""}[shape]


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["page", "array", "lines"])
def test_a_large_file_needs_little_memory(shape: str) -> None:
    tracemalloc.start()
    try:
        count = sum(piece.error is None for piece in split_calls(_large(shape)))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count > 25_000
    assert most < 8_000_000


def test_a_large_call_is_read_whole_and_in_linear_time() -> None:
    call = json.dumps({"id": "x", "text": "y" * 20_000_000})
    (piece,) = pieces(*(call[start : start + 100_000] for start in range(0, len(call), 100_000)))
    assert json.loads(piece.raw) == json.loads(call)
