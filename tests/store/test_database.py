"""A database that cannot be used is one clear sentence that never holds the password."""

import pytest

from calldex.core.errors import Unavailable
from calldex.store.database import Database, describe, open_database


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (
            "postgresql://ann:hunter2@127.0.0.1:1/calls",
            "The database calls at 127.0.0.1:1 cannot be",
        ),
        ("postgresql://ann:hunter2@nowhere.invalid/calls", "calls at nowhere.invalid cannot be"),
        (
            "postgresql:///calls?host=/nowhere&password=hunter2",
            "calls at /nowhere cannot be reached",
        ),
        ("mysql://ann:hunter2@localhost/calls", "URL is not valid"),
        ("postgresql://ann:hunter2@localhost:port/calls", "URL is not valid"),
        ("postgresql://ann:hunter2@localhost/calls?sslmode=perhaps", "URL is not valid"),
    ],
)
async def test_what_cannot_be_reached_is_named_without_its_password(url: str, says: str) -> None:
    with pytest.raises(Unavailable) as caught:
        await open_database(url)
    assert says in caught.value.message
    assert "hunter2" not in caught.value.message
    assert "\n" not in caught.value.message


async def test_a_missing_database_is_named(database_url: str) -> None:
    head, _, options = database_url.partition("?")
    url = f"{head.rpartition('/')[0]}/not_there?{options}"
    with pytest.raises(Unavailable, match="not_there at .* does not exist"):
        await open_database(url)


async def test_connections_speak_utc_and_keep_no_setting_of_a_transaction(
    database: Database,
) -> None:
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('statement_timeout', '5s', true)")
    rows = await database.pool.fetch(
        "SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY name",
        ["TimeZone", "application_name", "jit", "statement_timeout"],
    )
    assert {row["name"]: row["setting"] for row in rows} == {
        "TimeZone": "UTC",
        "application_name": "calldex",
        "jit": "off",
        "statement_timeout": "0",
    }


def test_describe_reads_a_url_of_any_shape() -> None:
    assert describe("postgresql://u:p@db.example:5433/calls") == ("The database calls at db.example:5433")
    assert describe("postgresql://u@/calls?host=/run/x") == "The database calls at /run/x"
