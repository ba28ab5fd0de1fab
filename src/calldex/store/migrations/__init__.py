"""The chain of migrations, and nothing else: SQL text that Alembic runs in order.

Nobody needs an `alembic.ini`: `upgrade` and `status` are all there is.
"""

from calldex.store.migrations.standing import MigrationStatus, status, upgrade

__all__ = ["MigrationStatus", "status", "upgrade"]
