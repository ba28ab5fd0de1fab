"""Writes PARITY.md: every operation, parameter and field of every surface, how we know it, whether it is served.

What is served comes from the surfaces' own OpenAPI documents, how we know it from the ``parity`` module beside
each surface. `python -m tools.parity` writes the page; a test compares it and finds what has no provenance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from calldex.app.surfaces import make_surfaces
from calldex.settings import Settings
from calldex.surfaces.http import SurfaceContext
from calldex.surfaces.skipcall import parity as skipcall
from calldex.surfaces.stuut import parity as stuut
from calldex.surfaces.whippy import parity as whippy

PAGE: Final = Path(__file__).parent.parent / "PARITY.md"

_HEAD: Final = """# Parity

<!-- Made by `make docs` from the surfaces themselves. -->

What Calldex serves of each API, and how we know that it is so:

- **seed**: printed on the operation's own page, named below; it wins over everything else.
- **documented**: printed on another public page, or visible in public client code.
- **inferred**: nothing public says it; concluded, for the reason given.

Order, types and names of fields are those of the source. Types are what Calldex promises to answer: nearly
every field can be null, because another source may not have given it. A key that a source gave and that is
not listed here is kept; no surface shows it.
"""

_WORDS: Final = {"seed": 0, "documented": 1, "inferred": 2}


class Provenance(Protocol):
    """What a surface's ``parity`` module holds."""

    SEEDS: Mapping[str, str]
    OPERATIONS: Mapping[str, tuple[str, str]]
    PARAMETERS: Mapping[str, Mapping[str, str]]
    FIELDS: Mapping[str, Mapping[str, str]]
    NOTES: Mapping[str, str]
    BEHAVIOUR: tuple[tuple[str, str, str], ...]


PROVENANCE: Final[dict[str, Any]] = {"/stuut": stuut, "/skipcall": skipcall, "/whippy": whippy}


@dataclass(frozen=True, slots=True)
class Served:
    """What an OpenAPI document says: parameters by operation, fields by object, each with its type."""

    operations: dict[str, dict[str, str]]
    objects: dict[str, dict[str, str]]


def documents() -> dict[str, dict[str, Any]]:
    """The OpenAPI document of each surface that stands in for a vendor, by its base path."""

    def nothing(*_: object) -> Any:
        raise NotImplementedError

    made = make_surfaces(Settings(), lambda limit: SurfaceContext(nothing, nothing, rate_limit=limit))
    # Our own API is no copy of anything: what it says of itself is all that there is to know.
    return {base: surface.openapi() for base, surface in made.items() if base != "/api"}


def read_served(document: Mapping[str, Any]) -> Served:
    """Every operation and every object that an answer can hold."""
    served = Served({}, {})
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            served.operations[name] = dict(_parameters(document, operation))
            for media in operation["responses"]["200"]["content"].values():
                _walk(document, media["schema"], "Answer", served.objects)
    return served


def _parameters(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for parameter in operation.get("parameters", ()):
        yield parameter["name"], f"{parameter['in']}: {_type(document, parameter['schema'])}"
    for media in operation.get("requestBody", {}).get("content", {}).values():
        for name, schema in _resolved(document, media["schema"]).get("properties", {}).items():
            yield name, f"body: {_type(document, schema)}"


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return found


def _walk(
    document: Mapping[str, Any], schema: Mapping[str, Any], name: str, objects: dict[str, dict[str, str]]
) -> None:
    """Add the object that a schema describes and those inside it. An object without a name gets its path."""
    reference = schema.get("$ref")
    name = reference.rsplit("/", 1)[1] if reference else name
    inner = _resolved(document, schema)
    for option in (*inner.get("anyOf", ()), *inner.get("oneOf", ()), *inner.get("allOf", ())):
        _walk(document, option, name, objects)
    if "items" in inner:
        _walk(document, inner["items"], name, objects)
    if "properties" not in inner or name in objects:
        return
    objects[name] = {key: _type(document, field) for key, field in inner["properties"].items()}
    for key, field in inner["properties"].items():
        _walk(document, field, f"{name}.{key}", objects)


def _type(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """A type in a few words: ``text or null``, ``v1User``, ``v1Invoice[]``, ``1 to 200, default 50``."""
    if "$ref" in schema:
        inner = _resolved(document, schema)
        named = "properties" in inner
        return str(schema["$ref"].rsplit("/", 1)[1]) if named else _type(document, inner)
    options = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if options:
        words = [_type(document, option) for option in options]
        return " or ".join(dict.fromkeys(word for each in words for word in each.split(" or ")))
    kinds = schema.get("type", "any")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return " or ".join(dict.fromkeys(_kind(document, kind, schema) for kind in kinds)) + _limits(schema)


def _kind(document: Mapping[str, Any], kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        inside = _type(document, schema.get("items", {}))
        return f"({inside})[]" if " " in inside else f"{inside}[]"
    if "enum" in schema:
        return " / ".join(str(word) for word in schema["enum"] if word is not None)
    return str(schema.get("format") or {"string": "text"}.get(kind, kind)) if kind == "string" else kind


def _limits(schema: Mapping[str, Any]) -> str:
    low, high, default = (schema.get(word) for word in ("minimum", "maximum", "default"))
    parts = []
    if low is not None or high is not None:
        parts.append(f"{low} to {high}" if None not in (low, high) else f"{low} or more")
    if default not in (None, []):
        parts.append(f"default {default}")
    return "".join(f", {part}" for part in parts)


def known(groups: Mapping[str, str] | None) -> dict[str, str]:
    """How each name is known, from names grouped by that."""
    return {name: word for word, names in (groups or {}).items() for name in names.split()}


def gaps(base: str, document: Mapping[str, Any]) -> list[str]:
    """What is served without provenance, and what the provenance speaks of that there is not."""
    served, provenance = read_served(document), PROVENANCE[base]
    found = [f"operation {name}" for name in served.operations if name not in provenance.OPERATIONS]
    for kind, there, said in (
        ("parameter", served.operations, provenance.PARAMETERS),
        ("field", served.objects, provenance.FIELDS),
    ):
        for owner, names in there.items():
            found += [f"{kind} {owner}.{name}" for name in names if name not in known(said.get(owner))]
        found += [f"{kind}s of {owner}, which is not there" for owner in said if owner not in there]
    words = [word for groups in (*provenance.PARAMETERS.values(), *provenance.FIELDS.values()) for word in groups]
    words += [word for word, _ in provenance.OPERATIONS.values()] + [word for _, word, _ in provenance.BEHAVIOUR]
    found += [f"unknown word {word}" for word in words if word not in _WORDS]
    places = {
        f"{owner}.{name}" for group in (served.operations, served.objects) for owner in group for name in group[owner]
    }
    found += [f"note about {place}, which is not there" for place in provenance.NOTES if place not in places]
    return found


def parity_page() -> str:
    """PARITY.md."""
    lines = [_HEAD]
    made = documents()
    lines += _table("Surface", "Operations served", "Known, not served", "Parameters", "Fields")
    sections: list[str] = []
    for base, document in made.items():
        served, provenance = read_served(document), PROVENANCE[base]
        lines.append(_row(f"[{document['info']['title']}](#{_anchor(document)})", *_counts(served, provenance)))
        sections += _section(base, document, served, provenance)
    return "\n".join([*lines, "", *sections])


def _counts(served: Served, provenance: Provenance) -> Iterator[str]:
    yield str(len(served.operations))
    yield str(len(provenance.OPERATIONS.keys() - served.operations.keys()))
    for there, said in ((served.operations, provenance.PARAMETERS), (served.objects, provenance.FIELDS)):
        words = [known(said.get(owner)).get(name, "?") for owner, names in there.items() for name in names]
        parts = [f"{words.count(word)} {word}" for word in _WORDS if word in words]
        yield f"{len(words)} ({', '.join(parts)})"


def _anchor(document: Mapping[str, Any]) -> str:
    return str(document["info"]["title"]).lower().replace(" ", "-")


def _section(base: str, document: Mapping[str, Any], served: Served, provenance: Provenance) -> list[str]:
    seeds = [f"- {name}: {place}" for name, place in provenance.SEEDS.items()]
    lines = [f"## {document['info']['title']}", "", f"Mounted at `{base}`. Seeds:", "", *seeds, ""]
    lines += ["### Operations", "", *_table("Operation", "Known", "Served", "From or why")]
    for name, (word, why) in provenance.OPERATIONS.items():
        lines.append(_row(f"`{name}`", word, "yes" if name in served.operations else "no", why))
    lines += ["", "### Parameters", "", *_table("Operation", "Parameter", "Type", "Known", "Note")]
    for operation, parameters in served.operations.items():
        lines += _named(
            f"`{operation}`", operation, parameters, provenance, known(provenance.PARAMETERS.get(operation))
        )
    lines += ["", "### Behaviour", "", *_table("What", "Known", "From or why")]
    lines += [_row(*entry) for entry in provenance.BEHAVIOUR]
    lines += ["", "### Fields", "", *_table("Object", "Field", "Type", "Known", "Note")]
    for name in served.objects:
        lines += _named(f"`{name}`", name, served.objects[name], provenance, known(provenance.FIELDS.get(name)))
    return [*lines, ""]


def _named(
    shown: str, owner: str, there: Mapping[str, str], provenance: Provenance, how: Mapping[str, str]
) -> Iterator[str]:
    for name, kind in there.items():
        yield _row(shown, f"`{name}`", kind, how.get(name, "?"), provenance.NOTES.get(f"{owner}.{name}", ""))
        shown = ""
    for name, word in how.items():
        if name not in there:
            yield _row(shown, f"`{name}`", "not served", word, provenance.NOTES.get(f"{owner}.{name}", ""))


def _table(*titles: str) -> list[str]:
    return [_row(*titles), _row(*("---" for _ in titles))]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Write the page."""
    PAGE.write_text(parity_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
