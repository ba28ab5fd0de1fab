"""Alembic runs this file; the connection and the list of what was applied come from `chain`."""

from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationInfo


# Alembic calls it by these names.
def _note(ctx: Any, step: MigrationInfo, heads: Any, run_args: Any) -> None:  # noqa: ARG001
    context.config.attributes["applied"].append(step.up_revision_id)


context.configure(
    connection=context.config.attributes["connection"],
    on_version_apply=_note,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
