"""A key opens its own organization only, and stops doing so within two seconds of being revoked."""

import asyncio
import time
from uuid import uuid4

import pytest

from calldex.actions.create_organization import create_organization
from calldex.actions.issue_key import IssuedKey, issue_key
from calldex.actions.revoke_key import revoke_key
from calldex.core.errors import Conflict, InvalidRequest, NotFound
from calldex.core.keys import hash_key, make_key, parse_key, same_hash
from calldex.settings import Settings
from calldex.store.database import Database
from calldex.store.installation import installation_secret
from calldex.store.organizations import Organization

from .conftest import Running, Serve

PATH = "/tiny/v1/things/one"


def test_keys_have_a_form_and_a_checksum() -> None:
    for test, prefix in ((False, "sk_live_"), (True, "sk_test_")):
        key = make_key(test=test)
        assert key.text.startswith(prefix)
        assert parse_key(key.text) == key
        assert key.short in key.text
        assert make_key(test=test).text != key.text


def test_a_key_with_any_letter_changed_is_malformed() -> None:
    text = make_key(test=False).text
    for place in range(len(text)):
        changed = text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :]
        assert parse_key(changed) is None
    for odd in ("", text[:-1], text + "a", text.replace("live", "test"), "sk_live_" + "\0" * 48, "é" * 56):
        assert parse_key(odd) is None


def test_the_hash_depends_on_the_secret() -> None:
    text = make_key(test=False).text
    assert same_hash(hash_key(text, b"one"), hash_key(text, b"one"))
    assert not same_hash(hash_key(text, b"one"), hash_key(text, b"two"))


async def test_a_key_opens_its_organization(tiny: Running, key: IssuedKey, organization: Organization) -> None:
    for headers in ({"Authorization": f"bearer  {key.text}"}, {"X-Tiny-Key": key.text}):
        answer = await tiny.client.get(PATH, headers=headers)
        assert answer.json() == {"id": "one", "organization": organization.id, "test": False}


async def test_a_test_key_opens_the_sandbox(tiny: Running, database: Database, organization: Organization) -> None:
    key = await issue_key(database, organization, test=True)
    answer = await tiny.client.get(PATH, headers={"X-Tiny-Key": key.text})
    assert answer.json() == {"id": "one", "organization": organization.sandbox_id, "test": True}
    assert organization.sandbox_id != organization.id


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", "Basic YTpi", "Bearer nonsense", "Bearer NEVER-ISSUED", "Bearer é"],
)
async def test_no_key_or_a_wrong_one_is_401(tiny: Running, key: IssuedKey, value: str) -> None:
    value = value.replace("NEVER-ISSUED", make_key(test=False).text)
    headers = [(b"Authorization", value.encode("latin-1"))] if value else []
    answer = await tiny.client.get(PATH, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["tiny"] == "unauthenticated"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_revoked_key_stops_within_two_seconds(tiny: Running, database: Database, key: IssuedKey) -> None:
    headers = {"X-Tiny-Key": key.text}
    assert (await tiny.client.get(PATH, headers=headers)).status_code == 200
    assert await revoke_key(database, key.id)
    began = time.monotonic()
    while (await tiny.client.get(PATH, headers=headers)).status_code == 200:
        assert time.monotonic() - began < 2
        await asyncio.sleep(0.05)
    assert not await revoke_key(database, key.id)
    with pytest.raises(NotFound):
        await revoke_key(database, uuid4())


async def test_a_good_key_is_asked_once_a_second(tiny: Running, database: Database, key: IssuedKey) -> None:
    headers = {"X-Tiny-Key": key.text}
    await tiny.client.get(PATH, headers=headers)
    await database.pool.execute("ALTER TABLE api_keys RENAME TO elsewhere")
    assert (await tiny.client.get(PATH, headers=headers)).status_code == 200


async def test_only_a_keyed_hash_is_stored(database: Database, key: IssuedKey) -> None:
    row = await database.pool.fetchrow("SELECT * FROM api_keys WHERE id = $1", key.id)
    assert row is not None
    async with database.pool.acquire() as connection:
        secret = await installation_secret(connection)
    assert row["hash"] == hash_key(key.text, secret)
    assert key.text.removeprefix("sk_live_" + row["short"]) not in str(dict(row))


async def test_two_processes_agree_on_the_secret(database: Database) -> None:
    async def ask() -> bytes:
        async with database.pool.acquire() as connection:
            return await installation_secret(connection)

    assert len(set(await asyncio.gather(*(ask() for _ in range(8))))) == 1


async def test_a_secret_of_the_operator(
    serve: Serve, settings: Settings, database: Database, organization: Organization
) -> None:
    secret = "a secret of some length"
    mine = await issue_key(database, organization, secret=secret.encode())
    other = await issue_key(database, organization)
    chosen = Settings(data=settings.data, database_url=settings.database_url, port=0, secret=secret)
    async with serve(chosen, database) as running:
        for key, status in ((mine, 200), (other, 401)):
            answer = await running.client.get(PATH, headers={"X-Tiny-Key": key.text})
            assert answer.status_code == status


async def test_names_of_organizations(database: Database, organization: Organization) -> None:
    with pytest.raises(Conflict, match='already is an organization named "Acme"'):
        await create_organization(database, " Acme ")
    for odd in ("", "  ", "x" * 201, "a\0b", "line\nbreak", "\ud800"):
        with pytest.raises(InvalidRequest):
            await create_organization(database, odd)
    names = ["Same"] * 5
    results = await asyncio.gather(*(create_organization(database, name) for name in names), return_exceptions=True)
    assert sum(isinstance(result, Organization) for result in results) == 1


async def test_rate_limits_count_per_key(
    serve: Serve, settings: Settings, database: Database, organization: Organization
) -> None:
    one, two = await issue_key(database, organization), await issue_key(database, organization)
    chosen = Settings(data=settings.data, database_url=settings.database_url, port=0, skipcall_requests_per_minute=3)
    async with serve(chosen, database) as running:
        answers = [await running.client.get(PATH, headers={"X-Tiny-Key": one.text}) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert [answer.headers["x-left"] for answer in answers] == ["2", "1", "0", "0", "0"]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert (await running.client.get(PATH, headers={"X-Tiny-Key": two.text})).status_code == 200
