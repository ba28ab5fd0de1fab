"""`calldex bench`, whole and with few calls: every question is answered beside its ceilings, its figures are written,
and copies of calls are calls of their own that every count and every surface knows. No figure is judged.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# What is measured is made once for all tests here.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bench")]

CALLS = 700
PEER = """
import sys
from pathlib import Path

NAME = "echo"

def command(place):
    return [sys.executable, __file__, str(place.port), str(place.organization)]

def path(asked):
    return f"/{asked['page']}" if asked.get("view") == "v2" else None

if __name__ == "__main__":
    import uvicorn

    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    uvicorn.run(answer, port=int(sys.argv[1]), log_level="error", lifespan="off")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


def bench(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CALLDEX_")}
    few = ("--few", "--rounds", "1", "--asks", "3", "--data", str(folder / "data"))
    return subprocess.run(
        [sys.executable, "-m", "calldex", "bench", *few, *more],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, Any]:
    peers = folder / "peers"
    peers.mkdir()
    (peers / "echo.py").write_text(PEER)
    written = ("--json", str(folder / "out" / "all.json"), "--markdown", str(folder / "out" / "all.md"))
    done = bench(folder, "--calls", str(CALLS), "--arrivals", "20", "--peers", str(peers), *written)
    assert done.returncode == 0, done.stderr
    assert "What each question costs" in done.stdout
    found: dict[str, Any] = json.loads((folder / "out" / "all.json").read_text())
    return found


def test_every_kind_of_question_is_answered(results: dict[str, Any]) -> None:
    names = [row["question"] for row in results["rows"]] + results["skipped"]
    assert len(names) == len(set(names))
    for words in (
        "v1 page of 50, all, first page",
        "v1 page of 50, all, page 10",
        "v2 page of 100, all, last page but one",
        "v1 page of 50, direction + sentiment",
        "v2 page of 100, classification",
        "v1 page of 50, partner",
        "page of 50, agent",
        "native page of 100, agent",
        *(f"total, {name}" for name in ("all", "direction + sentiment", "classification", "partner", "agent")),
        "get one (v1)",
        "get one (skipcall)",
        "five-filter search",
        "number look-up",
        "window of a day",
        "transcript search, two words (list)",
        "transcript search, two words (hits)",
        "explorer, list, page in the middle",
        "explorer, call page",
        "overview, partners, last year",
        "overview, answer-rate, last year, Kolkata",
        "write one call",
        "write a batch",
    ):
        assert any(name.startswith(words) or words in name for name in names), words


def test_every_figure_is_there(results: dict[str, Any]) -> None:
    assert results["calls"] == CALLS
    assert {"cores", "memory_gb", "python", "postgresql"} <= results["machine"].keys()
    assert results["server_peak_mb"] > 0
    for row in results["rows"]:
        sides = [row, *row["ceilings"].values(), *row["peers"].values()]
        for side in sides:
            assert side["asked"] >= 3
            assert {"p50_ms", "p99_ms", "per_second", "processor_ms"} <= side.keys()
        assert row["bytes"] > 0
        reads = not row["question"].startswith("write")
        assert set(row["ceilings"]) == ({"sql", "route", "raw"} if reads else {"route", "raw"})
        assert (row["statements"] or 0) >= 1 or not reads
        assert ("echo" in row["peers"]) == row["question"].startswith(("v2", "window"))
    assert len(results["arrivals"]) == 3


def test_the_tables_can_go_into_a_document(results: dict[str, Any], folder: Path) -> None:
    page = (folder / "out" / "all.md").read_text()
    for row in results["rows"]:
        assert f"| {row['question']} |" in page


def test_a_complete_folder_is_taken_as_it_is_and_some_questions_can_be_chosen(
    results: dict[str, Any], folder: Path
) -> None:
    file = folder / "some.json"
    done = bench(folder, "--calls", str(CALLS), "--arrivals", "0", "--only", "get one", "--json", str(file))
    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text())
    assert {row["question"] for row in found["rows"]} == {"get one (v1)", "get one (skipcall)"}
    assert found["seeding"] == results["seeding"]
    assert found["arrivals"] == []


def test_too_few_calls_are_refused_in_one_sentence(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "calldex", "bench", "--calls", "600", "--data", str(folder / "none")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "10,000" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (folder / "none").exists()
