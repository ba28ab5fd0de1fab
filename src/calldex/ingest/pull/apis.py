"""Which APIs can be pulled from: one line each."""

from __future__ import annotations

from typing import Final

from calldex.ingest.pull.asking import Api
from calldex.ingest.pull.skipcall import SKIPCALL
from calldex.ingest.pull.stuut import STUUT_V1, STUUT_V2
from calldex.ingest.pull.whippy import WHIPPY

APIS: Final[dict[str, Api]] = {api.form: api for api in (STUUT_V1, STUUT_V2, SKIPCALL, WHIPPY)}
