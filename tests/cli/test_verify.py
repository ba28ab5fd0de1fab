"""`calldex db verify` finds every count and facet that is not what the calls say, whoever it belongs to, and mends them
only when told to.
"""

from __future__ import annotations

import asyncio
import re
import uuid

import pytest

from calldex.store.opening import opened

from .conftest import Calldex


async def _execute(calldex: Calldex, *statements: str) -> None:
    async with opened(calldex.data) as found, found.database.session() as session:
        for statement in statements:
            await session.execute(statement)


def execute(calldex: Calldex, *statements: str) -> None:
    asyncio.run(_execute(calldex, *statements))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Calldex, str]:
    """A folder of its own: what is broken here must not be found elsewhere."""
    calldex = Calldex(tmp_path_factory.mktemp("verify"))
    name = f"Acme {uuid.uuid4()}"
    assert calldex("org", "create", name).code == 0
    for test in ((), ("--test",)):
        assert calldex("demo", "--org", name, "--calls", "60", *test).code == 0
    return calldex, name


def test_sound_counts_are_said_to_be(filled: tuple[Calldex, str]) -> None:
    calldex, name = filled
    result = calldex("db", "verify")
    assert result.code == 0, result
    lines = result.out.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(name) and line.endswith("60 calls, all counts right.") for line in lines)
    findings = calldex("db", "verify", "--json").json
    right = {"wrong_facets": 0, "wrong_counts": 0, "wrong_links": 0, "wrong_texts": 0, "repaired": False}
    assert list(findings.values()) == [{"calls": 60, **right}] * 2


def test_what_is_wrong_is_found_and_mended(filled: tuple[Calldex, str]) -> None:
    calldex, name = filled
    execute(
        calldex,
        "UPDATE calls SET sentiment = 'strange' WHERE ctid = (SELECT min(ctid) FROM calls WHERE deleted_at IS NULL)",
        "UPDATE call_counts SET calls = calls + 1 WHERE ctid = (SELECT min(ctid) FROM call_counts)",
    )
    result = calldex("db", "verify", "--json")
    assert result.code == 1, result
    assert re.fullmatch(
        rf"calldex: Wrong: {name} \S+\. Mend with: calldex db verify --repair\n|Wrong: {name} \S+\. .*\n", result.err
    ), result
    live, sandbox = result.json.values()
    assert (live["wrong_facets"], live["wrong_counts"] > 0) == (1, True)
    assert (sandbox["wrong_facets"], sandbox["wrong_counts"]) == (0, 0)
    # Nothing was changed by looking.
    mended = calldex("db", "verify", "--repair")
    assert mended.code == 0, mended
    assert mended.out.count("Repaired.") == 1
    assert "1 of them in a wrong facet" in mended.out
    assert calldex("db", "verify").code == 0
