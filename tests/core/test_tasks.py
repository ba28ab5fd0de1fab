"""The tasks of a call are found wherever its source puts them, each once, and one without an id keeps its own."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from calldex.core.jsonbytes import encode
from calldex.core.tasks import tasks_of

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "label", "status", "assignee", "tasks", "classification", "x"]), inside, max_size=4
        )
    ),
    max_leaves=20,
)


def test_a_task_that_is_named_elsewhere_stands_once_with_what_it_is_about() -> None:
    tasks = [{"id": "t1", "label": "Call", "status": "open", "assignee": "u1"}, {"id": "t2", "label": "Write"}]
    classifications = [{"classification": "dispute", "tasks": ["t1", {"id": "t2"}, {"id": "t3", "label": "Send"}]}]
    found = tasks_of(encode(tasks), encode(tasks[:1]), encode(classifications))
    assert [(one.id, one.label, one.classification) for one in found] == [
        ("t1", "Call", "dispute"),
        ("t2", "Write", None),
        ("t3", "Send", "dispute"),
    ]
    assert (found[0].status, found[0].assignee, found[0].is_closed) == ("open", "u1", False)


def test_tasks_without_ids_are_told_apart_and_keep_their_ids() -> None:
    tasks = [{"label": "Call"}, {"label": "Write"}, {"label": "Call"}]
    found = tasks_of(encode(tasks), None, None)
    assert len({one.id for one in found}) == 3
    again = tasks_of(encode([{"label": "New"}, *tasks]), encode(tasks), None)
    assert [one.id for one in again[1:]] == [one.id for one in found]


@given(JSON, JSON, JSON)
def test_whatever_a_source_gives_each_task_stands_once(tasks: Any, displayed: Any, classifications: Any) -> None:
    found = tasks_of(encode(tasks), encode(displayed), encode(classifications))
    assert len({one.id for one in found}) == len(found)
    assert all(one.id and one.label for one in found)
    assert found == tasks_of(encode(tasks), encode(displayed), encode(classifications))


def test_what_is_no_json_has_no_tasks() -> None:
    assert tasks_of(b"{", b"null", None) == []
