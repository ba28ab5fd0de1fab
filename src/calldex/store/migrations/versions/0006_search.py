"""Search in what was said: the words of every call."""

from alembic import op
from sqlalchemy.util import await_only

from calldex.store.call_texts import index_what_is_there
from calldex.store.migrations.script import run_file

revision = "0006_search"
down_revision = "0005_facets"


def upgrade() -> None:
    run_file("0006_search.sql")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None  # noqa: S101 - The connection has just answered.
    await_only(index_what_is_there(driver))
    # An index that is made over rows that are there costs a part of one that grows with each of them.
    run_file("0006_search_index.sql")
