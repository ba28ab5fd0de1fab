"""Sources and the inbox: an endpoint is made with its secret, what was delivered can be listed, shown and tried again.

A secret that we made is shown once, one that the sender gave never; a mistake is one sentence.
"""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import httpx
import pytest
from tests.app.signing import SECRETS, generic_event, signed

from calldex.app.senders import SENDERS
from calldex.cli.source import NAMES

from .conftest import Calldex, Start
from .test_commands import assert_sentence


@pytest.fixture(scope="module")
def organization(calldex: Calldex) -> str:
    name = f"Hearing {uuid.uuid4()}"
    assert calldex("org", "create", name).code == 0
    return name


def test_the_senders_that_the_help_names_are_those_that_there_are() -> None:
    assert tuple(SENDERS) == NAMES


def test_a_secret_of_our_own_is_shown_once(calldex: Calldex, organization: str) -> None:
    made = calldex("source", "add", "generic", "--org", organization, "--json").json
    assert set(made) == {"id", "sender", "url", "secret"}
    assert made["url"] == f"http://127.0.0.1:8080/ingest/generic/{made['id']}"
    assert made["secret"].startswith("whsec_")
    shown = calldex("source", "add", "vapi", "--org", organization, "--test", CALLDEX_PUBLIC_URL="https://x.example/a/")
    lines = shown.out.splitlines()
    assert re.fullmatch(r"([0-9a-f-]{36})  https://x\.example/a/ingest/vapi/\1", lines[0])
    assert len(lines[1]) >= 40
    assert "not shown again" in shown.err
    listed = calldex("source", "list", "--org", organization)
    assert made["id"] in listed.out
    assert made["secret"] not in listed.out + calldex("source", "list", "--org", organization, "--json").out
    facts = {one["sender"]: one for one in calldex("source", "list", "--org", organization, "--json").json}
    assert (facts["generic"]["test"], facts["vapi"]["test"]) == (False, True)
    assert calldex("source", "remove", made["id"]).out == f"{made['id']} is removed.\n"
    assert calldex("source", "remove", made["id"]).out == f"{made['id']} was removed before.\n"
    assert made["id"] not in calldex("source", "list", "--org", organization).out


def test_a_senders_own_secret_is_never_shown(calldex: Calldex, organization: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRETS['retell']}\n")
    results = [
        calldex("source", "add", "retell", "--org", organization, "--secret", SECRETS["retell"]),
        calldex("source", "add", "retell", "--org", organization, "--secret-file", str(file), "--json"),
        calldex("source", "add", "retell", "--org", organization, CALLDEX_SOURCE_SECRET=SECRETS["retell"]),
    ]
    for result in results:
        assert result.code == 0, result
        assert SECRETS["retell"] not in result.out + result.err
        assert "CALLDEX_PUBLIC_URL" in result.err or result.out.startswith("{")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["source", "add", "retel", "--org", "{org}"], 2, r'There is no sender "retel"\. Did you mean.*retell.*'),
        (
            ["source", "add", "twilio", "--org", "{org}"],
            2,
            r"A source of twilio needs the auth token .*_SECRET.*",
        ),
        (["source", "add", "twilio", "--org", "{org}", "--secret", " "], 2, r"The secret is empty.*"),
        (["source", "add", "twilio", "--org", "{org}", "--secret", "a\x01b"], 1, r"A secret has 1 to 500 printable.*"),
        (["source", "add", "twilio", "--org", "{org}", "--secret-file", "/nowhere"], 2, r"/nowhere cannot be read.*"),
        (["source", "add", "retell", "--org", "Nobody", "--secret", "x"], 2, r'There is no organization "Nobody".*'),
        (["source", "remove", "seven"], 2, r"SOURCE_ID must be .*"),
        (["source", "remove", str(uuid.UUID(int=1))], 1, r"There is no source with the id 0.*1\."),
        (["inbox", "show", "seven"], 2, r"DELIVERY_ID must be .*"),
        (["inbox", "show", str(uuid.UUID(int=1))], 1, r"There is no delivery with the id 0.*1\."),
        (["inbox", "retry"], 2, r"Name the deliveries .*"),
        (["inbox", "retry", str(uuid.UUID(int=1))], 1, r"1 of these deliveries do not exist; 0 will be .*"),
        (["inbox", "list", "--state", "lost"], 2, r".*'lost'.*"),
    ],
)
def test_mistakes_are_one_sentence(
    calldex: Calldex, organization: str, arguments: list[str], code: int, sentence: str
) -> None:
    assert_sentence(calldex(*(word.replace("{org}", organization) for word in arguments)), code, sentence)


def test_the_inbox_beside_a_running_server(calldex: Calldex, start: Start, organization: str) -> None:
    source = calldex("source", "add", "generic", "--org", organization, "--json").json
    url = f"{start().wait_until_ready()}/ingest/generic/{source['id']}"
    bodies = [generic_event("call.started", "inbox", 1), b'{"type": "call.vanished"}']
    answers = [
        httpx.post(url, content=body, headers=signed("generic", body, url, secret=source["secret"])) for body in bodies
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    used, nonsense = (answer.json()["id"] for answer in answers)
    for _ in range(50):
        found = {one["id"]: one for one in calldex("inbox", "list", "--state", "all", "--json").json}
        if found[used]["state"] == "done" and found[nonsense]["state"] == "nonsense":
            break
    assert (found[used]["state"], found[used]["event"], found[used]["attempts"]) == ("done", "call.started", 1)
    listed = calldex("inbox", "list", "--org", organization)
    assert nonsense in listed.out
    assert used not in listed.out
    assert "call.created" in listed.out
    shown = calldex("inbox", "show", nonsense)
    assert shown.out.endswith('\n\n{"type": "call.vanished"}\n')
    assert calldex("inbox", "show", used, "--json").json["body"] == bodies[0].decode()
    assert calldex("inbox", "retry", nonsense, "--json").json == {"retried": 1}
    again = calldex("inbox", "retry", "--org", organization, "--state", "nonsense")
    assert re.fullmatch(r"[01] deliveries wait to be processed again\.\n", again.out)
    assert source["secret"] not in json.dumps(found)
