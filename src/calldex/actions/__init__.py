"""The verbs that change state, one transaction each. Nothing here knows HTTP or SQL."""
