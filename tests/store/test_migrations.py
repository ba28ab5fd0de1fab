"""Migrations are proven: from nothing they give exactly the checked-in schema, in the asserted order,
and processes that start together do not disturb each other.
"""

import asyncio
import re
from pathlib import Path

import pytest

from calldex.core.errors import Unavailable
from calldex.store import migrations
from calldex.store.database import Connection, connect
from calldex.store.migrations.catalogue import SCHEMA_FILE, read_catalogue

NAMES = ["0001_first_tables", "0002_ingest", "0003_native", "0004_pulls", "0005_facets", "0006_search", "0007_people"]


async def _read(url: str) -> str:
    connection = await connect(url)
    try:
        return await read_catalogue(connection)
    finally:
        await connection.close()


async def test_from_nothing_the_migrations_give_the_checked_in_schema(
    empty_database_url: str,
) -> None:
    assert await migrations.upgrade(empty_database_url) == NAMES
    assert await _read(empty_database_url) == SCHEMA_FILE.read_text(encoding="utf-8"), (
        "the schema changed: run `make schema` and read the difference"
    )


async def test_status_says_where_a_database_stands(empty_database_url: str) -> None:
    before = await migrations.status(empty_database_url)
    assert (before.current, before.head, list(before.pending)) == (None, NAMES[-1], NAMES)
    await migrations.upgrade(empty_database_url)
    after = await migrations.status(empty_database_url)
    assert (after.current, after.head, after.pending) == (NAMES[-1], NAMES[-1], ())
    assert await migrations.upgrade(empty_database_url) == []


async def test_processes_that_start_together_migrate_once(empty_database_url: str) -> None:
    applied = await asyncio.gather(*(migrations.upgrade(empty_database_url) for _ in range(4)))
    assert sorted(applied, key=len) == [[], [], [], NAMES]


async def test_a_database_of_a_newer_calldex_is_refused(database_url: str) -> None:
    connection = await connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
    await connection.close()
    with pytest.raises(Unavailable, match="9999_from_the_future.*newer one"):
        await migrations.upgrade(database_url)


async def test_a_failing_migration_leaves_nothing_behind(empty_database_url: str) -> None:
    connection = await connect(empty_database_url)
    await connection.execute("CREATE TABLE organizations (id integer)")
    before = await _read(empty_database_url)
    with pytest.raises(Unavailable, match="could not be migrated"):
        await migrations.upgrade(empty_database_url)
    assert await _read(empty_database_url) == before
    await connection.close()


def test_every_migration_runs_under_time_limits() -> None:
    versions = Path(migrations.__file__).parent / "versions"
    files = sorted(path for path in versions.glob("*.py"))
    assert [path.stem for path in files] == NAMES
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert re.search(r"^revision = \"" + path.stem + '"$', text, re.MULTILINE)
        # run_file sets lock_timeout and statement_timeout; op.execute on its own would not.
        assert "run_file(" in text
        assert "op.execute" not in text


async def test_tenant_tables_and_unique_constraints_lead_with_the_organization(
    database_url: str,
) -> None:
    connection: Connection = await connect(database_url)
    rows = await connection.fetch(
        """
        SELECT c.relname AS table, i.indisprimary AS key, x.relname AS name,
               ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int[]) WITH ORDINALITY k(n, place)
                     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.n ORDER BY place)
               AS columns
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND c.relkind = 'r'
        """
    )
    await connection.close()
    # They find the organization or belong to the installation.
    above = {"organizations", "installation", "alembic_version", "sign_in_failures"}
    # A key's public part must be unique everywhere, because it is what finds the organization.
    global_names = {"api_keys_short_key"}
    wrong = [
        row["name"]
        for row in rows
        if row["table"] not in above and row["name"] not in global_names and row["columns"][:1] != ["organization_id"]
    ]
    assert wrong == []
