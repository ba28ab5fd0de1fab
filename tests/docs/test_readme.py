"""The examples of the README and of the pages under docs/ are run as they stand.

A curl is sent to a `calldex serve --demo` on a port and a database of its own; only host, port, key and call id
are exchanged. The status must be the shown one. An answer of 200 is shown shortened: every key that is shown
must be in the real answer. An error is shown whole and must be equal. A `calldex` command must end well, and
print what is shown, but for ids and keys.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.docs.examples import ROOT, Example, Shown, read_curl, read_examples

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITH_EXAMPLES = [page for page in PAGES if read_examples(page)]
ELSEWHERE = {"make", "pg_dump", "pg_restore", "createdb", "tar", "systemctl", "git"}
"""Commands that a page shows and that a test cannot run here; they have tests of their own or are not ours."""

_KEY = re.compile(r"sk_(live|test)_\w{48}\b")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Reader:
    """Somebody who follows a page: a server, a folder to work in, the values of shell variables."""

    base: str
    folder: Path
    environment: dict[str, str]
    variables: dict[str, str] = field(default_factory=dict)
    key_id: str = ""


@dataclass
class Server:
    base: str
    key: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
async def server(
    new_database: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("CALLDEX_")}
    folder = tmp_path_factory.mktemp("server")
    more = {"CALLDEX_DATABASE_URL": await new_database(), "CALLDEX_DATA": str(folder / "data"), "COLUMNS": "200"}
    with _serving(own | more, folder / "log") as serving:
        yield serving


@contextmanager
def _serving(environment: dict[str, str], log: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "calldex", "serve", "--demo", "--port", "0"]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            said = "".join(_until_ready(process))
            base, key = re.search(r"http://[\d.:]+", said), _KEY.search(said)
            assert base, said + log.read_text(encoding="utf-8")
            assert key, said
            yield Server(base[0], key[0], environment)
        finally:
            process.terminate()
            process.wait(30)


def _until_ready(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if "/whippy/v1/calls/search" in line:
            return


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
async def test_the_examples_of_a_page_hold(page: Path, server: Server, tmp_path: Path) -> None:
    reader = Reader(server.base, tmp_path, server.environment, {"KEY": server.key, **server.environment})
    with httpx.Client(timeout=60) as client:
        for example in read_examples(page):
            _follow(example, reader, client)


def test_every_surface_has_a_curl_in_the_readme() -> None:
    urls = [read_curl(one.words).url for one in read_examples(PAGES[0]) if one.words[0] == "curl" and one.shown]
    asked = {url.split("/", 3)[3].split("?")[0] for url in urls}
    assert asked >= {"stuut/v1/calls", "stuut/v2/calls", "skipcall/v1/calls/$CALL", "whippy/v1/calls/search"}


def test_links_inside_the_repository_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                assert (page.parent / target).exists(), f"{page.name} leads to {target}"


def _follow(example: Example, reader: Reader, client: httpx.Client) -> None:
    words = [_filled(word, reader, example.place) for word in example.words]
    name, equals, value = words[0].partition("=")
    if equals and len(words) == 1:
        # What the page assigns are values of another day; those of today are known.
        reader.variables.setdefault(name, value)
    elif words[0] == "curl":
        _ask(words, example, reader, client)
    elif words[0] == "calldex" and words[1] != "serve":
        _run(words, example, reader)
    else:
        assert words[0] in ELSEWHERE | {"calldex"}, f"{example.place}: {words[0]} is no command of ours"


def _filled(word: str, reader: Reader, place: str) -> str:
    def value(match: re.Match[str]) -> str:
        assert match[1] in reader.variables, f"{place}: ${match[1]} has no value"
        return reader.variables[match[1]]

    word = re.sub(r"\$([A-Z_]+)", value, word)
    return reader.key_id if word == "KEY_ID" else word


def _ask(words: list[str], example: Example, reader: Reader, client: httpx.Client) -> None:
    curl = read_curl(words)
    url = curl.url.replace("http://127.0.0.1:8080", reader.base)
    assert url.startswith(reader.base), f"{example.place}: {curl.url} is not the server of the pages"
    method = curl.method or ("GET" if curl.body is None else "POST")
    answer = client.request(method, url, headers=curl.headers, content=curl.body)
    shown = example.shown or Shown("none", 200, "")
    assert answer.status_code == shown.status, f"{example.place}: {answer.text[:500]}"
    if curl.output is not None:
        (reader.folder / curl.output).write_bytes(answer.content)
    if shown.kind == "text":
        assert answer.text.strip() == shown.text.strip(), example.place
    elif shown.kind == "json":
        expected, given = json.loads(shown.text), answer.json()
        if shown.status == 200:
            _holds(given, expected, example.place)
        else:
            assert given == expected, example.place
    if answer.status_code == 200 and "data" in answer.text[:10] and answer.json()["data"]:
        reader.variables["CALL"] = answer.json()["data"][0]["id"]


def _holds(given: Any, shown: Any, place: str) -> None:
    """Every key that is shown is there, and what is shown as an object or a list of them is one."""
    if isinstance(shown, dict):
        assert isinstance(given, dict), f"{place} is {given!r}"
        for key, value in shown.items():
            assert key in given, f"{place}.{key} is not in the answer"
            _holds(given[key], value, f"{place}.{key}")
    elif isinstance(shown, list) and shown:
        assert isinstance(given, list), f"{place} is {given!r}"
        assert given, f"{place} is empty"
        _holds(given[0], shown[0], f"{place}[0]")


def _run(words: list[str], example: Example, reader: Reader) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=reader.folder,
        # What a reader types when a command asks for a password.
        env={**reader.environment, "CALLDEX_USER_PASSWORD": "typed by the reader"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{example.place}: {done.stderr}"
    if words[1:3] == ["key", "create"]:
        reader.key_id = done.stdout.split()[0]
    if example.shown is not None:
        assert _plain(done.stdout) == _plain(example.shown.text), example.place


def _plain(text: str) -> str:
    return _UUID.sub("UUID", _KEY.sub("KEY", text)).strip()
