"""`calldex import`: what is tallied, what is refused and where it is kept, into which organization calls go, and how it
says that it cannot. A server runs on the same data folder all the while and shows each call as soon as it is in.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from calldex.actions.create_organization import create_organization
from calldex.actions.issue_key import issue_key
from calldex.store.opening import opened

from .conftest import COMMAND, Calldex, Result, Serving

Body = dict[str, Any]


@dataclass
class Running:
    """A running server, and the command beside it in a folder of its own."""

    calldex: Calldex
    url: str
    folder: Path

    def run(self, *arguments: str, stdin: bytes = b"", **extra: str) -> Result:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=self.calldex.environment(extra),
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            timeout=120,
            check=False,
        )
        result = Result(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in result.err
        return result

    def take(self, org: str, *files: str | Path, form: str = "stuut-v1", more: tuple[str, ...] = ()) -> Result:
        return self.run("import", *map(str, files), "--org", org, "--format", form, "--json", *more)

    def organization(self, name: str) -> tuple[str, str, str]:
        """A new organization, a key of it and a test key."""

        async def make() -> tuple[str, str, str]:
            async with opened(self.calldex.data) as found:
                organization = await create_organization(found.database, name)
                keys = [await issue_key(found.database, organization, test=test) for test in (False, True)]
                return str(organization.public_id), keys[0].text, keys[1].text

        # In a thread, because this one may have an event loop of pytest's already.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, make()).result()

    def page(self, key: str, path: str = "/stuut/v1/calls?limit=200") -> Any:
        answer = httpx.get(self.url + path, headers={"Authorization": f"Bearer {key}"}, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def running(calldex: Calldex, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        env=calldex.environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    serving = Serving(process)
    reading = threading.Thread(target=lambda: serving.lines.extend(iter(process.stdout.readline, "")))  # type: ignore[union-attr]
    reading.start()
    try:
        yield Running(calldex, serving.wait_until_ready(), tmp_path_factory.mktemp("files"))
    finally:
        process.terminate()
        code = process.wait(60)
        reading.join()
        process.stdout.close()
    assert code == 0


@pytest.fixture
def there(running: Running, tmp_path: Path) -> Running:
    """The server, and a folder that only this test uses."""
    return Running(running.calldex, running.url, tmp_path)


def call(number: int, **more: Any) -> Body:
    return {
        "id": f"call_{number:03d}",
        "created_at": f"2026-05-01T00:{number // 60:02d}:{number % 60:02d}Z",
        "direction": "outbound",
        "to_number": "+12025550100",
        "modified_at": "2026-06-01T00:00:00Z",
        "partner": {"id": "ptn_1", "name": "Fern & S\u00f6hne", "modified_at": "2026-06-01T00:00:00Z"},
        **more,
    }


def page_of(calls: list[Body]) -> str:
    return json.dumps({"data": calls, "current_page": 0, "total_records": len(calls), "next_page": None}, indent=2)


def lines_of(calls: list[Body]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in calls)


def tally(**counts: int) -> dict[str, int]:
    return dict.fromkeys(("read", "created", "updated", "unchanged", "rejected"), 0) | counts


def test_calls_are_tallied_and_shown_at_once_by_the_server_beside(there: Running) -> None:
    organization, key, _ = there.organization("Tally")
    file = there.folder / "page.json"
    calls = [call(number) for number in range(250)]
    file.write_text(page_of(calls))
    first = there.take(organization, file)
    assert (first.code, first.json, first.err) == (0, tally(read=250, created=250), "")
    page = there.page(key)
    assert page["total_records"] == 250
    assert [entry["id"] for entry in page["data"]] == [f"call_{number:03d}" for number in range(249, 49, -1)]
    assert page["data"][0]["partner"]["name"] == "Fern & S\u00f6hne"
    second = there.take(organization, file)
    assert second.json == tally(read=250, unchanged=250)
    newer = there.folder / "newer.ndjson"
    older = call(8, modified_at="2026-05-01T00:00:00Z", summary="Never given.")
    stale = call(9, modified_at="2026-05-01T00:00:00Z", sentiment=None)
    fresh = call(7, modified_at="2026-07-01T00:00:00Z", summary="They paid.")
    newer.write_text(lines_of([fresh, stale | {"direction": "inbound"}, call(300), older]))
    third = there.take("Tally", newer)
    assert third.json == tally(read=4, created=1, updated=3)
    shown = {entry["id"]: entry for entry in there.page(key, "/stuut/v1/calls?limit=200&page=1")["data"]}
    assert shown["call_007"]["summary"] == "They paid."
    assert shown["call_009"]["direction"] == "outbound"
    assert list(there.folder.glob("*.rejects*")) == []


def test_every_shape_of_a_file_may_be_given_and_several_at_once(there: Running) -> None:
    organization, key, _ = there.organization("Shapes")
    texts = {
        "page.json": page_of([call(0), call(1)]).encode(),
        "single.json": json.dumps(call(2), indent=4).encode(),
        "array.json": json.dumps([call(3), call(4)]).encode(),
        "lines.ndjson": lines_of([call(5), call(6)]).encode(),
        "mark.json": b"\xef\xbb\xbf" + json.dumps([call(7)]).encode(),
        "packed.json.gz": gzip.compress(page_of([call(8)]).encode()),
        "packed_without_its_name": gzip.compress(lines_of([call(9)]).encode())
        + gzip.compress(lines_of([call(10)]).encode()),
        "empty.ndjson": b"",
        "odd name \u00e9.json": page_of([]).encode(),
    }
    for name, content in texts.items():
        (there.folder / name).write_bytes(content)
    done = there.take(organization, *texts)
    assert (done.code, done.json) == (0, tally(read=11, created=11))
    assert there.page(key)["total_records"] == 11


def test_standard_input_plain_and_gzip(there: Running) -> None:
    organization, key, _ = there.organization("Standard input")
    arguments = ("import", "-", "--format", "stuut-v1", "--json")
    done = there.run(*arguments[:-1], stdin=lines_of([call(1)]).encode(), CALLDEX_ORG=organization)
    assert (done.code, done.out) == (0, "Read 1 calls: 1 created, 0 updated, 0 unchanged, 0 refused.\n")
    done = there.run(*arguments, "--org", organization, stdin=gzip.compress(page_of([call(2)]).encode()))
    assert (done.code, done.json) == (0, tally(read=1, created=1))
    assert there.page(key)["total_records"] == 2


def test_a_bad_record_is_refused_with_its_place_and_kept_whole(there: Running) -> None:
    organization, key, _ = there.organization("Refusals")
    bad = call(1, created_at="2026-05-01T00:00:00", in_voicemail="yes", extra={"kept": [1, 2.50]})
    nested = call(2, invoices=[{"id": "inv_1"}, {"id": "inv_2", "emails": [{"author": {"name": 5}}]}])
    file = there.folder / "mixed.json"
    file.write_text(page_of([call(0), bad, nested, {"no": "id"}, call(4)]))
    lines = there.folder / "lines.ndjson"
    lines.write_bytes(
        lines_of([call(5)]).encode()
        + b'{"id": "call_006", broken\n'
        + b'{"id":"\xff"}\n'
        + lines_of([call(7)]).encode()
    )
    done = there.take(organization, "mixed.json", "lines.ndjson")
    assert (done.code, done.json) == (0, tally(read=9, created=4, rejected=5))
    assert "mixed.json, index 1: created_at" in done.err
    assert "lines.ndjson, line 2: the JSON cannot be read" in done.err
    assert "mixed.json.rejects.ndjson" in done.err
    refused = [json.loads(line) for line in (there.folder / "mixed.json.rejects.ndjson").read_text().splitlines()]
    places = [(entry["file"], entry.get("index"), entry.get("line"), entry["field"]) for entry in refused]
    assert sorted(places, key=str) == sorted(
        [
            ("mixed.json", 1, None, "created_at"),
            ("mixed.json", 2, None, "invoice.emails.0.author.name"),
            ("mixed.json", 3, None, "id"),
            ("lines.ndjson", None, 2, "call"),
            ("lines.ndjson", None, 3, "call"),
        ],
        key=str,
    )
    by_index = {entry.get("index"): entry for entry in refused}
    assert by_index[1]["record"] == bad
    assert "no time zone" in by_index[1]["reason"]
    assert [problem["field"] for problem in by_index[1]["problems"]] == ["created_at", "in_voicemail"]
    assert by_index[2]["record"] == nested
    assert {entry["text"] for entry in refused if "text" in entry} == {'{"id": "call_006", broken', '{"id":"\\xff"}'}
    assert {entry["id"] for entry in there.page(key)["data"]} == {"call_000", "call_004", "call_005", "call_007"}
    repaired = there.folder / "repaired.ndjson"
    repaired.write_text(lines_of([bad | {"created_at": "2026-05-01T00:00:00Z", "in_voicemail": True}]))
    assert there.take(organization, "repaired.ndjson").json == tally(read=1, created=1)


def test_refused_records_go_where_they_should(there: Running) -> None:
    organization, *_ = there.organization("Rejects")
    (there.folder / "bad.json").write_text(json.dumps([{"id": 5}, call(1)]))
    done = there.take(organization, "bad.json", more=("--rejects", "elsewhere.ndjson"))
    assert (done.code, done.json) == (0, tally(read=2, created=1, rejected=1))
    assert json.loads((there.folder / "elsewhere.ndjson").read_text())["record"] == {"id": 5}
    done = there.take(organization, "bad.json", more=("--rejects", "/nowhere/at/all.ndjson"))
    assert done.code == 2
    assert "/nowhere/at/all.ndjson" in done.err


@pytest.mark.parametrize("place", ["calls.json", "nowhere/rejects.ndjson", "."])
def test_a_place_that_cannot_take_refused_records_is_refused_first(there: Running, place: str) -> None:
    organization, key, _ = there.organization(f"Refused at {place}")
    (there.folder / "calls.json").write_text(text := page_of([call(1), {"id": 5}]))
    done = there.take(organization, "calls.json", more=("--rejects", str(there.folder / place)))
    assert done.code == 2
    assert "refused records" in done.err.lower()
    assert (there.folder / "calls.json").read_text() == text
    assert there.page(key)["total_records"] == 0


def test_a_file_that_ends_too_early_says_so_and_keeps_what_came_before(there: Running) -> None:
    organization, key, _ = there.organization("Truncated")
    text = page_of([call(number) for number in range(5)])
    (there.folder / "cut.json").write_text(text[: text.index("call_003")])
    done = there.take(organization, "cut.json")
    assert (done.code, done.json) == (1, tally(read=4, created=3, rejected=1))
    assert "What stands behind it was not read" in done.err
    assert there.page(key)["total_records"] == 3
    (there.folder / "damaged.gz").write_bytes(gzip.compress(text.encode())[:-20])
    done = there.take(organization, "damaged.gz")
    assert (done.code, done.json) == (1, tally(read=6, unchanged=3, created=2, rejected=1))
    assert "damaged.gz is damaged" in done.err
    assert there.page(key)["total_records"] == 5


def test_the_sandbox_is_reached_by_test_keys_only(there: Running) -> None:
    organization, key, test_key = there.organization("Sandbox")
    assert test_key.startswith("sk_test_")
    (there.folder / "live.json").write_text(json.dumps(call(1)))
    (there.folder / "test.json").write_text(json.dumps([call(2), call(3)]))
    assert there.take(organization, "live.json").json == tally(read=1, created=1)
    assert there.take(organization, "test.json", more=("--test",)).json == tally(read=2, created=2)
    assert [entry["id"] for entry in there.page(key)["data"]] == ["call_001"]
    assert [entry["id"] for entry in there.page(test_key)["data"]] == ["call_003", "call_002"]
    answer = httpx.get(f"{there.url}/stuut/v1/calls/call_002", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 404


WRONG = {
    "no such organization": (("--org", "Mistaks", "--format", "stuut-v1", "good.json"), 'Did you mean "Mistakes"?'),
    "no organization": (("--format", "stuut-v1", "good.json"), "--org"),
    "no file": (("--org", "Mistakes", "--format", "stuut-v1", "good.json", "gone.json"), "gone.json cannot be read"),
    "a folder": (("--org", "Mistakes", "--format", "stuut-v1", "."), "is a folder"),
    "no such format": (("--org", "Mistakes", "--format", "stuut-v3", "good.json"), "stuut-v1"),
}


def test_a_command_that_cannot_work_says_why_in_one_sentence_and_writes_nothing(there: Running) -> None:
    organization, key, _ = there.organization("Mistakes")
    (there.folder / "good.json").write_text(json.dumps(call(1)))
    for name, (arguments, words) in WRONG.items():
        done = there.run("import", *arguments)
        assert (done.code, done.out) == (2, ""), name
        assert words in done.err, name
        assert done.err.startswith("calldex: "), name
        assert done.err.count("\n") == 1, name
    assert there.page(key)["total_records"] == 0
    assert there.take(organization, "good.json").json == tally(read=1, created=1)


def test_a_file_of_another_format_is_refused_record_by_record(there: Running) -> None:
    organization, key, _ = there.organization("Other format")
    (there.folder / "whippy.json").write_text(
        json.dumps({"data": [{"id": "0199c000-0000-7000-8000-000000000000", "direction": "INBOUND"}], "total": 1})
    )
    done = there.take(organization, "whippy.json")
    assert (done.code, done.json) == (1, tally(read=1, rejected=1))
    assert there.page(key)["total_records"] == 0


def test_two_imports_at_the_same_time_both_end_well(there: Running) -> None:
    organization, key, _ = there.organization("At the same time")
    commands = []
    for part in range(2):
        path = there.folder / f"part{part}.ndjson"
        path.write_text(lines_of([call(number) for number in range(part * 100, part * 100 + 300)]))
        arguments = [
            sys.executable,
            "-m",
            "calldex",
            "import",
            path.name,
            "--org",
            organization,
            "--format",
            "stuut-v1",
            "--json",
        ]
        commands.append(
            subprocess.Popen(
                arguments, env=there.calldex.environment({}), cwd=there.folder, stdout=subprocess.PIPE, text=True
            )
        )
    tallies = [json.loads(command.communicate(timeout=120)[0]) for command in commands]
    assert [found["read"] for found in tallies] == [300, 300]
    assert sum(found["created"] for found in tallies) == 400
    assert sum(found["unchanged"] for found in tallies) == 200
    assert there.page(key)["total_records"] == 400
