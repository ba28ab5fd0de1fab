"""Which formats calls can come in, and which forms linked records get: one line for each surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from calldex.actions.import_calls import Importing
from calldex.actions.merging_records import MakeForm, ReadRecord
from calldex.core.calls import CallChange
from calldex.surfaces.native.v1 import vcon_parse
from calldex.surfaces.skipcall.v1 import parse as skipcall_v1
from calldex.surfaces.skipcall.v1 import render as skipcall_v1_render
from calldex.surfaces.stuut.v1 import parse as stuut_v1
from calldex.surfaces.stuut.v1 import render as stuut_v1_render
from calldex.surfaces.stuut.v2 import parse as stuut_v2
from calldex.surfaces.stuut.v2 import render as stuut_v2_render
from calldex.surfaces.whippy.v1 import parse as whippy_v1


@dataclass(frozen=True, slots=True)
class CallFormat:
    """How the calls of one API are read."""

    parse_call: Callable[[bytes], CallChange]
    read_record: ReadRecord

    def importing(self) -> Importing:
        """What a run of batches of this format needs."""
        return Importing(self.read_record, FORMS)


FORMATS: Final[dict[str, CallFormat]] = {
    "stuut-v1": CallFormat(stuut_v1.parse_call, stuut_v1.parse_record),
    "stuut-v2": CallFormat(stuut_v2.parse_call, stuut_v2.parse_record),
    "skipcall": CallFormat(skipcall_v1.parse_call, skipcall_v1.parse_record),
    "whippy": CallFormat(whippy_v1.parse_call, whippy_v1.parse_record),
    "vcon": CallFormat(vcon_parse.parse_call, vcon_parse.parse_record),
}

FORMS: Final[dict[str, MakeForm]] = {
    stuut_v1_render.FORM: stuut_v1_render.record_form,
    stuut_v2_render.FORM: stuut_v2_render.record_form,
    skipcall_v1_render.FORM: skipcall_v1_render.record_form,
}
