"""Parameters: repeated and bracketed lists, whole numbers that are nothing else, every mistake at once with the nearest
known name; the same rules for a query and for a JSON body.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from calldex.core.errors import InvalidRequest, Problem
from calldex.core.parameters import Asking, Instant, NothingAsked, Whole, read_body, read_parameters


class Example(Asking):
    page: Annotated[Whole, Field(ge=0)] = 0
    word: list[Literal["one", "two"]] = []  # noqa: RUF012 - pydantic copies a default for each model
    after: Instant = None
    several: list[str] | None = None
    sender: Annotated[str | None, Field(alias="from")] = None


def refused(*pairs: tuple[str, str]) -> tuple[Problem, ...]:
    with pytest.raises(InvalidRequest) as caught:
        read_parameters(Example, pairs)
    return caught.value.problems


def test_lists_come_repeated_or_with_brackets() -> None:
    asked = read_parameters(Example, [("word", "one"), ("word[]", "two"), ("several[]", "x"), ("page", "3")])
    assert (asked.word, asked.several, asked.page) == (["one", "two"], ["x"], 3)
    assert read_parameters(Example, []) == Example()


def test_an_alias_is_the_name_that_clients_use() -> None:
    assert read_parameters(Example, [("from", "x")]).sender == "x"
    assert refused(("sender", "x"))[0].kind == "unknown_parameter"


@pytest.mark.parametrize("text", ["1.0", "", " 1", "1 ", "1_000", "0x1", "one", "\u0661", "1e3", "NaN", "+", "--1"])
def test_only_a_whole_number_is_one(text: str) -> None:
    (problem,) = refused(("page", text))
    assert problem.where == ("query", "page")
    assert "whole number" in problem.message


def test_whole_numbers_may_have_a_sign_and_any_size() -> None:
    assert read_parameters(Example, [("page", "+7")]).page == 7
    assert read_parameters(Example, [("page", "9" * 100)]).page == int("9" * 100)


def test_every_mistake_is_named_once() -> None:
    problems = refused(
        ("page", "-1"), ("word", "three"), ("word", "one"), ("after", "x"), ("pag", "1"), ("page[]", "1")
    )
    assert {problem.where[1] for problem in problems} == {"page", "word", "after", "pag", "page[]"}
    assert len(problems) == 5


def test_the_nearest_name_is_suggested() -> None:
    (problem,) = refused(("wrod", "one"))
    assert 'Did you mean "word"?' in problem.message
    assert "Known are: page, word, after, several, from" in problem.message
    (problem,) = refused(("x" * 500, "one"))
    assert len(problem.message) < 200
    assert "Did you mean" not in problem.message


def test_unknown_names_may_be_left_out() -> None:
    assert read_parameters(Example, [("odd", "1"), ("page", "2")], relaxed=True).page == 2
    assert read_body(Example, {"odd": 1, "page": 2}, relaxed=True).page == 2


def test_an_operation_without_parameters_says_so() -> None:
    with pytest.raises(InvalidRequest, match="Known are: none"):
        read_parameters(NothingAsked, [("page", "1")])


@pytest.mark.parametrize("body", [[], "text", 5, None, True, [{"page": 1}]])
def test_a_body_must_be_an_object(body: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_body(Example, body)
    assert caught.value.problems[0].where == ("body",)


@pytest.mark.parametrize("value", [True, 1.5, [], {}, "one", "1.0"])
def test_a_whole_number_in_a_body_is_neither_a_fraction_nor_a_truth_value(value: Any) -> None:
    with pytest.raises(InvalidRequest, match="whole number"):
        read_body(Example, {"page": value})


@pytest.mark.parametrize(("value", "shown"), [(True, "true"), (["one"], '["one"]'), ({"a": 1}, '{"a":1}')])
def test_what_was_given_is_shown_as_json(value: Any, shown: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_body(Example, {"page": value})
    assert f"and {shown} was given" in caught.value.problems[0].message


def test_a_fraction_of_nothing_is_whole() -> None:
    assert read_body(Example, {"page": 5.0}).page == 5


def test_an_instant_has_a_zone_and_is_in_utc() -> None:
    asked = read_body(Example, {"after": "2026-01-01T01:00:00+01:00"})
    assert asked.after == datetime(2026, 1, 1, tzinfo=UTC)
    for value in (5, "2026-01-01T00:00:00", ["2026-01-01T00:00:00Z"]):
        with pytest.raises(InvalidRequest):
            read_body(Example, {"after": value})
