"""Facets, counts of them by time, and versions of an organization's calls and records."""

from calldex.store.migrations.script import run_file

revision = "0005_facets"
down_revision = "0004_pulls"


def upgrade() -> None:
    # Every call is written anew and most of its indexes are made again, which takes hours for very many.
    run_file("0005_facets.sql", statement_timeout="24h")
