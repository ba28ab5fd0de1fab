"""PARITY.md is what the surfaces say of themselves, and nothing is served that it does not explain.

A served operation, parameter or field without provenance fails here; so does provenance, or a note, about
something that is not there, and a page that was not made anew (`make docs`).
"""

from __future__ import annotations

from copy import deepcopy

import pytest
from tools.parity import PAGE, PROVENANCE, documents, gaps, known, parity_page, read_served


def test_the_page_is_what_the_surfaces_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == parity_page(), "run make docs"


@pytest.mark.parametrize("base", PROVENANCE)
def test_everything_served_has_a_provenance(base: str) -> None:
    assert gaps(base, documents()[base]) == []


def test_every_surface_is_on_the_page() -> None:
    assert documents().keys() == PROVENANCE.keys()


@pytest.mark.parametrize("base", PROVENANCE)
def test_what_is_documented_is_served_in_the_documented_order(base: str) -> None:
    served = read_served(documents()[base])
    for name, groups in PROVENANCE[base].FIELDS.items():
        assert list(served.objects[name]) == list(known(groups)), name


def test_an_unexplained_field_is_found() -> None:
    document = deepcopy(documents()["/skipcall"])
    document["components"]["schemas"]["Call"]["properties"]["shoeSize"] = {"type": "integer"}
    assert gaps("/skipcall", document) == ["field Call.shoeSize"]


def test_an_unexplained_parameter_is_found() -> None:
    document = deepcopy(documents()["/whippy"])
    document["paths"]["/v1/calls"]["get"]["parameters"].append(
        {"name": "mood", "in": "query", "schema": {"type": "string"}}
    )
    assert gaps("/whippy", document) == ["parameter GET /v1/calls.mood"]
