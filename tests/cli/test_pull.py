"""`calldex pull` says what it did, or in one sentence what has to change. Killed at any moment, the next run completes
what it began. The token is never shown.
"""

import os
import re
import signal
import subprocess
import time
import uuid
from pathlib import Path

import httpx
import pytest

from .conftest import COMMAND, Calldex, Result, Start

TOKEN_NAME = "FAR_TOKEN"


class Far:
    """A second Calldex with 300 demo calls, and our organization to pull into."""

    def __init__(self, url: str, token: str, organization: str) -> None:
        self.url, self.token, self.organization = url, token, organization


@pytest.fixture
def far(calldex: Calldex, start: Start, tmp_path: Path) -> Far:
    there = Calldex(tmp_path / "far")
    assert there("org", "create", "There").code == 0
    assert there("demo", "--org", "There", "--calls", "300").code == 0
    token = there("key", "create", "--org", "There", "--json").json["key"]
    url = start(runs=there).wait_until_ready()
    organization = f"Here {uuid.uuid4()}"
    assert calldex("org", "create", organization).code == 0
    return Far(url, token, organization)


def pulled(calldex: Calldex, far: Far, api: str, base: str, *more: str) -> Result:
    arguments = ["pull", api, "--url", far.url + base, "--token-env", TOKEN_NAME, "--org", far.organization, *more]
    return calldex(*arguments, **{TOKEN_NAME: far.token})


@pytest.mark.slow
def test_a_pull_and_one_that_changes_nothing(calldex: Calldex, far: Far) -> None:
    first = pulled(calldex, far, "stuut-v2", "/stuut", "--json")
    assert first.code == 0, first.err
    assert first.json == {
        "read": 300, "created": 300, "updated": 0, "unchanged": 0, "rejected": 0,
        "since": None, "resumed": False, "whole": True,
    }  # fmt: skip
    again = pulled(calldex, far, "stuut-v2", "/stuut/v2", "--full")
    assert again.out == "Pulled 300 calls: 0 created, 0 updated, 300 unchanged, 0 refused.\n"
    later = pulled(calldex, far, "stuut-v2", "/stuut")
    assert re.fullmatch(r"Pulled \d+ calls since [\d-]+ [\d:]+ UTC: 0 created, 0 updated, .*\n", later.out), later
    in_sandbox = pulled(calldex, far, "skipcall", "/skipcall", "--test", "--since", "2001-01-01")
    assert "300 created" in in_sandbox.out
    assert far.token not in first.err + again.err + later.err


@pytest.mark.slow
def test_killed_in_the_middle_the_next_run_completes_it(calldex: Calldex, far: Far) -> None:
    command = ["pull", "stuut-v1", "--url", f"{far.url}/stuut", "--token-env", TOKEN_NAME, "--org", far.organization]
    environment = calldex.environment({TOKEN_NAME: far.token})
    for part in (20, 45, 80):
        process = subprocess.Popen(
            [*COMMAND, *command, "--page-size", "2"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while answered(far) < part:
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = calldex(*command, "--json", **{TOKEN_NAME: far.token})
    assert done.code == 0, done.err
    assert done.json["resumed"]
    assert 100 < done.json["created"] < 300
    again = calldex(*command, "--json", "--full", **{TOKEN_NAME: far.token})
    assert (again.json["created"], again.json["updated"], again.json["unchanged"]) == (0, 0, 300)


def answered(far: Far) -> int:
    """How many pages the second Calldex has given so far."""
    lines = httpx.get(f"{far.url}/metrics").text.splitlines()
    wanted = [line for line in lines if line.startswith("calldex_requests_total") and "/v1/calls" in line]
    return sum(int(float(line.rpartition(" ")[2])) for line in wanted)


@pytest.mark.slow
def test_again_and_again_until_it_is_stopped(calldex: Calldex, far: Far) -> None:
    command = ["pull", "whippy", "--url", f"{far.url}/whippy", "--token-env", TOKEN_NAME, "--org", far.organization]
    process = subprocess.Popen(
        [*COMMAND, *command, "--every", "1s"],
        env=calldex.environment({TOKEN_NAME: far.token}),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    process.stdout.close()
    assert lines[0].startswith("Pulled 300 calls: 300 created")
    assert " 0 created, 0 updated" in lines[1]


@pytest.mark.parametrize(
    ("arguments", "token", "code", "sentence"),
    [
        (["whippy", "--url", "https://x.example"], "", 2, r"The environment variable FAR_TOKEN .* empty or not set\."),
        (["whippy", "--url", "https://x.example"], "a b", 2, r"What FAR_TOKEN holds is no token: .*"),
        (["whippy", "--url", "x.example"], "hush", 2, r"--url must be the API's base address, .*"),
        (["whippy", "--url", "https://u:p@x.example"], "hush", 2, r"--url must be an address without user.*"),
        (["nobody", "--url", "https://x.example"], "hush", 2, r"Invalid value for 'API'.*"),
        (["whippy", "--url", "https://x.example", "--since", "noon"], "hush", 2, r"--since must be a time or a day.*"),
        (["whippy", "--url", "https://x.example", "--every", "soon"], "hush", 2, r"--every must be a number with .*"),
        (["whippy", "--url", "https://x.example", "--every", "0s"], "hush", 2, r"--every must be at least 1s\."),
        (["stuut-v1", "--url", "https://x.example", "--page-size", "201"], "hush", 2, r"--page-size .* most 200 .*"),
        (["whippy", "--url", "http://127.0.0.1:9"], "hush", 2, r'There is no organization "Nobody at all".*'),
    ],
)
def test_mistakes_are_one_sentence(
    calldex: Calldex, arguments: list[str], token: str, code: int, sentence: str
) -> None:
    result = calldex("pull", *arguments, "--token-env", TOKEN_NAME, "--org", "Nobody at all", **{TOKEN_NAME: token})
    assert result.code == code, result
    assert re.fullmatch(rf"calldex: {sentence}\n", result.err), result.err
    assert "hush" not in result.err


def test_an_address_that_is_something_else(calldex: Calldex, start: Start) -> None:
    url = start().wait_until_ready()
    assert httpx.get(f"{url}/apis").status_code == 200
    calldex("org", "create", "Elsewhere")
    command = ["pull", "whippy", "--url", f"{url}/whippy", "--token-env", TOKEN_NAME, "--org", "Elsewhere"]
    wrong = calldex(*command, **{TOKEN_NAME: "sk_live_wrong"})
    assert (wrong.code, wrong.out) == (2, "")
    assert re.fullmatch(
        r"calldex: http://\S+ does not accept the token in FAR_TOKEN \(401\)\. It says: .*\n", wrong.err
    )
    assert "sk_live_wrong" not in wrong.err
