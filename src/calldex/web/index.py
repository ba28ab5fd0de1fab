"""The page at `/`: what is here."""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a surface: `GET`, `/stuut/v1/calls`, one line of what it does."""

    method: str
    path: str
    summary: str


@dataclass(frozen=True, slots=True)
class SurfaceEntry:
    """One surface as the page shows it."""

    title: str
    base: str
    operations: tuple[Operation, ...]


def index_page(version: str, surfaces: Sequence[SurfaceEntry]) -> str:
    templates = Environment(
        loader=PackageLoader("calldex.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("index.html").render(version=version, surfaces=surfaces)
