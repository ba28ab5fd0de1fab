"""Commands say what they did, in words or JSON; a mistake is one sentence and an exit code."""

import re
import uuid
from pathlib import Path

import pytest

from .conftest import Calldex, Result


def assert_sentence(result: Result, code: int, pattern: str) -> None:
    assert result.code == code, result
    assert result.out == ""
    assert re.fullmatch(rf"calldex: {pattern}\n", result.err), result.err


@pytest.fixture(scope="module")
def organization(calldex: Calldex) -> str:
    name = f"Acme {uuid.uuid4()}"
    assert calldex("org", "create", name).code == 0
    return name


def test_version(calldex: Calldex) -> None:
    assert re.fullmatch(r"calldex \d+\.\d+\.\d+\n", calldex("version").out)
    assert set(calldex("version", "--json").json) == {"version", "python"}


def test_organizations(calldex: Calldex) -> None:
    created = calldex("org", "create", "Zoë & Söhne", "--json").json
    assert set(created) == {"id", "name"}
    assert str(uuid.UUID(created["id"])) == created["id"]
    assert created["name"] == "Zoë & Söhne"
    assert created["id"] in [one["id"] for one in calldex("org", "list", "--json").json]
    table = calldex("org", "list").out.splitlines()
    assert table[0].split() == ["ID", "NAME", "CREATED"]
    assert any(line.startswith(f"{created['id']}  Zoë & Söhne  ") for line in table)
    again = calldex("org", "create", "Zoë & Söhne")
    assert_sentence(again, 1, r'There already is an organization named "Zoë & Söhne"\.')


def test_the_real_mistake_is_named_before_a_password_is_asked_for(calldex: Calldex, organization: str) -> None:
    """There is neither a terminal nor a pipe here."""
    add = ("user", "add", "ana@example.com", "--org", organization)
    assert_sentence(calldex(*add, "--role", "boss"), 1, r'"boss" is no role\..*')
    assert_sentence(calldex("user", "add", "ana", "--org", organization), 1, r'"ana" is no e-mail address.*')
    assert_sentence(calldex(*add[:-1], "Acne"), 2, r'There is no organization "Acne"\..*')
    assert_sentence(calldex(*add), 2, r"A user needs a password: .*")
    assert_sentence(calldex("user", "password", *add[2:]), 1, r'There is no user "ana@example\.com" there.*')
    given = {"CALLDEX_USER_PASSWORD": "a long enough one"}
    assert calldex(*add, **given).out == "ana@example.com can sign in now, as member.\n"
    assert_sentence(calldex("user", "password", *add[2:]), 2, r"A user needs a password: .*")
    assert_sentence(calldex(*add, CALLDEX_USER_PASSWORD="short"), 1, r".*10.*")


def test_keys(calldex: Calldex, organization: str) -> None:
    key = calldex("key", "create", "--org", organization, "--name", "for [bold]ci[/]", "--json").json
    assert set(key) == {"id", "key"}
    assert key["key"].startswith("sk_live_")
    test_key = calldex("key", "create", "--test", CALLDEX_ORG=organization)
    assert re.match(r"[0-9a-f-]{36}  sk_test_\w+\n", test_key.out)
    assert "not shown again" in test_key.err
    listed = calldex("key", "list", "--org", organization)
    assert key["key"] not in listed.out
    assert "for [bold]ci[/]" in listed.out
    facts = {one["id"]: one for one in calldex("key", "list", "--org", organization, "--json").json}
    assert facts[key["id"]]["revoked_at"] is None
    assert calldex("key", "revoke", key["id"]).out == f"{key['id']} is revoked.\n"
    assert calldex("key", "revoke", key["id"]).out == f"{key['id']} was revoked before.\n"
    facts = {one["id"]: one for one in calldex("key", "list", "--org", organization, "--json").json}
    assert facts[key["id"]]["revoked_at"] is not None


def test_an_organization_by_its_id(calldex: Calldex) -> None:
    created = calldex("org", "create", "By id", "--json").json
    assert calldex("key", "list", "--org", created["id"].upper(), "--json").json == []


def test_the_database(calldex: Calldex) -> None:
    assert calldex("db", "upgrade").code == 0
    status = calldex("db", "status", "--json").json
    assert status["pending"] == []
    assert status["current"] == status["head"]
    assert calldex("db", "upgrade").out == "Nothing to do: up to date.\n"
    assert calldex("db", "upgrade", "--json").json == {"applied": []}


@pytest.mark.slow
def test_a_new_database_is_only_touched_by_upgrade(tmp_path: Path) -> None:
    calldex = Calldex(tmp_path / "new")
    before = calldex("db", "status", "--json").json
    assert before["current"] is None
    assert before["pending"]
    assert calldex("db", "upgrade", "--json").json == {"applied": before["pending"]}


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nonsense"], 2, r"No such command 'nonsense'\."),
        (["serve", "--porrt", "1"], 2, r"No such option.*--porrt.*"),
        (["serve", "--port", "70000"], 2, r"--port must be a whole number from 0 to 65535, not '70000'\."),
        (["serve", "--workers", "none"], 2, r"--workers must be a whole number from 1 to 64, not 'none'\."),
        (["serve", "--workers", "64"], 2, r"64 workers with 10 connections .* lower CALLDEX_POOL_SIZE\."),
        (["serve", "--host", "256.0.0.1"], 2, r"Cannot listen on 256\.0\.0\.1:8080: .*\."),
        (["key", "create"], 2, r"Missing option '--org'.*"),
        (["key", "list", "--org", "Nobody"], 2, r'There is no organization "Nobody"[.;].*calldex org .*\.'),
        (["key", "list", "--org", "line\nbreak"], 2, r"--org must be an organization's id or name\."),
        (["key", "revoke", "seven"], 2, r"KEY_ID must be the id that calldex key create printed.*"),
        (["key", "revoke", str(uuid.UUID(int=1))], 1, r"There is no key with the id 0.*1\."),
        (["org", "create", ""], 1, r"The name of an organization has 1 to 200 characters\."),
        (["org", "list", "--database-url", "nonsense"], 2, r"--database-url must be an address like .*\."),
        (
            ["org", "list", "--database-url", "postgresql://u:hush@127.0.0.1:1/d"],
            1,
            r"(?!.*hush).*127\.0\.0\.1:1 cannot be reached.*",
        ),
        (["org", "list", "--data", "/dev/null/x"], 1, r".*/dev/null.*"),
    ],
)
def test_mistakes_are_one_sentence(calldex: Calldex, arguments: list[str], code: int, sentence: str) -> None:
    assert_sentence(calldex(*arguments), code, sentence)


def test_a_wrong_variable_is_named(calldex: Calldex) -> None:
    result = calldex("org", "list", CALLDEX_POOL_SIZE="many")
    assert_sentence(result, 2, r"CALLDEX_POOL_SIZE must be a whole number from 1 to 200, not 'many'\.")


def test_debugging_shows_where(calldex: Calldex) -> None:
    result = calldex("org", "create", "", CALLDEX_DEBUG="1")
    assert result.code == 1
    assert "Traceback" in result.err


def test_help_names_the_variables(calldex: Calldex) -> None:
    shown = " ".join(calldex("serve", "--help", COLUMNS="200").out.split())
    assert "[env var: CALLDEX_PORT] [default: 8080]" in shown
    assert calldex().code == 2
