"""People who sign in, what they did, and partners by the words of their names."""

from alembic import op
from sqlalchemy.util import await_only

from calldex.store.migrations.script import run_file
from calldex.store.partner_names import index_names_that_are_there

revision = "0007_people"
down_revision = "0006_search"


def upgrade() -> None:
    run_file("0007_people.sql")
    driver = op.get_bind().connection.driver_connection
    assert driver is not None  # noqa: S101 - The connection has just answered.
    await_only(index_names_that_are_there(driver))
