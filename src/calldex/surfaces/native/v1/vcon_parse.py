"""A vCon read into our words: the draft's own members, and our extension where the vCon has it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from calldex.core.calls import FIELDS, SENTIMENTS, CallChange, Linked, RecordChange
from calldex.core.deriving import LONGEST_WORD
from calldex.core.errors import InvalidRequest, Problem
from calldex.core.facts import FactKind, fact, facts, mistake, read_object
from calldex.core.ids import parse_uuid
from calldex.core.jsonbytes import decode, encode
from calldex.core.times import parse_instant
from calldex.surfaces.native.v1.vcon_words import (
    EXTENSION,
    MEMBERS,
    SOURCE,
    STATUSES,
    current_names,
    current_names_inside,
)

_TIMES: Final[dict[str, tuple[str, FactKind]]] = {
    "created_at": ("created_at", "instant"),
    "updated_at": ("modified_at", "instant"),
    "subject": ("call_reason", "text"),
}
_NOT_KEPT: Final = frozenset({"uuid", "created_at", "updated_at", EXTENSION})
_OBJECTS: Final = frozenset({"classifications", "tasks", "display_tasks"})
_TEXTS: Final = frozenset({"custom_classifications", "tags"})
_JSON_KINDS: Final[dict[str, FactKind]] = {
    **dict.fromkeys(_OBJECTS, "array"),
    **dict.fromkeys(_TEXTS, "array"),
    "metadata": "object",
    "attachments": "array",
    "placeholders": "object",
    "analysis": "object",
}
_EXTENSION_KINDS: Final[dict[str, FactKind]] = {
    "call_id": "text",
    "source": "text",
    "vendor_ids": "object",
    "call": "object",
    "kept": "object",
    "records": "array",
    "as_given": "array",
}


def parse_call(raw: bytes) -> CallChange:
    """The JSON of one vCon in its unsigned form.

    Raises InvalidRequest that names every member which is not as the draft says, and for a vCon that is signed
    or encrypted or needs an extension that we do not know.
    """
    given = current_names(read_object(raw))
    _check_form(given)
    problems: list[Problem] = []
    own_id = fact(given.get("uuid"), "text", ("uuid",), problems)
    if not own_id and not problems:
        problems.append(Problem(("call", "uuid"), "uuid is required", "missing"))
    parts = {name: _objects(given, name, problems) for name in ("parties", "dialog", "analysis", "attachments")}
    extension = fact(given.get(EXTENSION), "object", (EXTENSION,), problems)
    if extension is None:
        values = _plain(given, parts, problems)
        change = CallChange(SOURCE, own_id or "", None, values)
        kept = {name: value for name, value in given.items() if name not in _NOT_KEPT}
    else:
        foreign = [entry for entry in parts["analysis"] if entry.get("vendor") != EXTENSION]
        change = _extended(extension, problems)
        for name, value in _analysed(foreign).items():
            change.values.setdefault(name, value)
        kept = _foreign(given, extension, foreign)
    if problems:
        raise InvalidRequest(problems=tuple(problems))
    if kept:
        change.kept[SOURCE] = kept
    change.version = change.values.get("modified_at") or change.values.get("created_at")
    return change


def parse_record(linked: Linked) -> list[RecordChange]:
    """A linked record out of our extension; ``parse_call`` has looked at its make."""
    given = decode(linked.raw)
    version = parse_instant(given["version"]) if given["version"] is not None else None
    return [RecordChange(linked.id, linked.kind, given["source"], linked.vendor_id, version, given["body"])]


def _check_form(given: dict[str, Any]) -> None:
    sentence = None
    if "payload" in given and "signatures" in given:
        sentence = "the vCon is signed (JWS): verify it and import what it holds"
    elif "ciphertext" in given:
        sentence = "the vCon is encrypted (JWE): decrypt it and import what it holds"
    critical = given.get("critical") or []
    unknown = [name for name in critical if name != EXTENSION] if isinstance(critical, list) else [critical]
    if unknown:
        names = ", ".join(map(str, unknown))
        sentence = f"the vCon is not safe to read without the extensions that it calls critical: {names}"
    if sentence is not None:
        raise InvalidRequest(problems=(Problem(("call",), sentence, "unsupported"),))


def _objects(given: dict[str, Any], name: str, problems: list[Problem]) -> list[dict[str, Any]]:
    entries = fact(given.get(name), "array", (name,), problems) or []
    return [
        current_names_inside(fact(entry, "object", (name, place), problems) or {})
        for place, entry in enumerate(entries)
    ]


def _plain(given: dict[str, Any], parts: dict[str, list[dict[str, Any]]], problems: list[Problem]) -> dict[str, Any]:
    """What the draft's own members say of a call."""
    values = facts(given, _TIMES, problems)
    numbers = [_number(party) for party in parts["parties"]]
    first: dict[str, Any] = next((one for one in parts["dialog"] if one.get("type") != "transfer"), {})
    caller, called = _sides(first, len(numbers))
    for name, place in (("from_number", caller), ("to_number", called)):
        if place is not None and place < len(numbers):
            values[name] = numbers[place]
    _take_dialog(parts["dialog"], values, problems)
    values.update(_analysed(parts["analysis"]))
    transfer = next((one.get("transfer_target") for one in parts["dialog"] if one.get("type") == "transfer"), None)
    if isinstance(transfer, int) and 0 <= transfer < len(numbers) and numbers[transfer]:
        values["transferred_to"] = numbers[transfer]
    urls = [one for one in parts["attachments"] if isinstance(one.get("url"), str)]
    if urls:
        values["attachments"] = encode([{"content_type": one.get("mediatype"), "url": one["url"]} for one in urls])
    return values


def _number(party: dict[str, Any]) -> str | None:
    for name in ("tel", "sip"):
        value = party.get(name)
        if isinstance(value, str) and value:
            return value.removeprefix("tel:") if name == "tel" else f"sip:{value.removeprefix('sip:')}"
    return None


def _sides(dialog: dict[str, Any], parties: int) -> tuple[int | None, int | None]:
    """Who called and who was called: the first party of the dialog is its originator unless another is named."""
    named = dialog.get("parties")
    places = [one for one in named if isinstance(one, int)] if isinstance(named, list) else list(range(parties))
    origin = dialog.get("originator")
    caller = origin if isinstance(origin, int) else next(iter(places), 0)
    called = next((one for one in [*places, *range(parties)] if one != caller), None)
    return caller, called


def _take_dialog(dialog: list[dict[str, Any]], values: dict[str, Any], problems: list[Problem]) -> None:
    ends: list[datetime] = []
    for place, one in enumerate(dialog):
        start = fact(one.get("start"), "instant", ("dialog", place, "start"), problems)
        duration = one.get("duration")
        kind = one.get("type")
        if start is None or kind == "transfer":
            continue
        if kind == "incomplete":
            word = one.get("disposition")
            status, reason = STATUSES.get(word, ("failed", None)) if isinstance(word, str) else ("failed", None)
            values.setdefault("status", status)
            if reason is not None:
                values.setdefault("disconnection_reason", reason)
            values.setdefault("created_at", start)
            continue
        values["started_at"] = min(start, values.get("started_at", start))
        ends.append(start + _length(duration))
        if isinstance(one.get("url"), str) and kind == "recording":
            values.setdefault("recording", encode(one["url"]))
    if ends:
        # The length in milliseconds follows from both ends.
        values["ended_at"] = max(ends)
        values["status"] = "completed"
    texts = [one for one in dialog if one.get("type") == "text" and isinstance(one.get("body"), str)]
    if texts:
        caller = texts[0].get("parties")
        values["transcript"] = encode([_turn(one, caller) for one in texts])


def _length(seconds: Any) -> timedelta:
    known = isinstance(seconds, int | Decimal) and not isinstance(seconds, bool) and 0 <= seconds < 10**9
    return timedelta(microseconds=int(seconds * 10**6)) if known else timedelta()


def _turn(text: dict[str, Any], caller: Any) -> dict[str, Any]:
    role = "agent" if text.get("parties") == caller else "user"
    return {"role": role, "content": text["body"], "start": text.get("start"), "end": None}


def _analysed(analysis: list[dict[str, Any]]) -> dict[str, Any]:
    """Summary, transcript and sentiment; of several of a kind the first. Everything is kept beside."""
    values: dict[str, Any] = {}
    for entry in analysis:
        body, kind = entry.get("body"), entry.get("type")
        if body is None:
            continue
        if kind == "summary" and isinstance(body, str):
            values.setdefault("summary", body)
        elif kind == "transcript" and entry.get("encoding") == "json" and not isinstance(body, str):
            values.setdefault("transcript", encode(body))
        elif kind == "transcript" and entry.get("encoding") != "json" and isinstance(body, str):
            values.setdefault("transcript_text", body)
        elif kind == "sentiment" and isinstance(body, str) and body.lower() in SENTIMENTS:
            values.setdefault("sentiment", body.lower())
    return values


def _foreign(given: dict[str, Any], extension: dict[str, Any], analysis: list[dict[str, Any]]) -> dict[str, Any]:
    """Of a vCon with our extension: what it was when it first came, and what others have added since."""
    named = extension.get("as_given")
    # One that is no list was noted as a mistake when the extension was read.
    as_given = named if isinstance(named, list) else []
    kept = {
        name: value
        for name, value in given.items()
        if name not in _NOT_KEPT and (name not in MEMBERS or name in as_given)
    }
    if analysis or "analysis" in as_given:
        kept["analysis"] = analysis
    if isinstance(kept.get("extensions"), list):
        kept["extensions"] = [name for name in kept["extensions"] if name != EXTENSION]
    return kept


def _extended(extension: dict[str, Any], problems: list[Problem]) -> CallChange:
    """What our extension says: every fact in our words, the records, and what was kept."""
    checked = {
        name: fact(extension.get(name), kind, (EXTENSION, name), problems) for name, kind in _EXTENSION_KINDS.items()
    }
    source, ids = checked["source"], checked["vendor_ids"] or {}
    vendor_id = ids.get(source)
    if not isinstance(vendor_id, str) or not vendor_id:
        problems.append(mistake((EXTENSION, "vendor_ids"), "the id under the name of the source", ids))
        vendor_id = ""
    values = {name: _value(name, value, problems) for name, value in (checked["call"] or {}).items() if name in FIELDS}
    linked = [
        found for place, entry in enumerate(checked["records"] or ()) if (found := _linked(entry, place, problems))
    ]
    others = {name: other for name, other in ids.items() if name != source}
    for name, other in others.items():
        if not isinstance(other, str) or not 0 < len(other) <= LONGEST_WORD:
            expected = f"text of 1 to {LONGEST_WORD} characters"
            problems.append(mistake((EXTENSION, "vendor_ids", name), expected, other))
    own = parse_uuid(checked["call_id"]) if checked["call_id"] else None
    kept = {name: entries for name, entries in (checked["kept"] or {}).items() if name != SOURCE}
    for name, entries in kept.items():
        if not isinstance(entries, dict):
            problems.append(mistake((EXTENSION, "kept", name), "an object", entries))
    return CallChange(source or "", vendor_id, None, values, linked, kept, others, own)


def _value(name: str, value: Any, problems: list[Problem]) -> Any:
    kind, path = FIELDS[name], (EXTENSION, "call", name)
    if kind == "json":
        fits = _JSON_KINDS.get(name)
        checked = fact(value, fits, path, problems) if fits is not None else value
        wanted = dict if name in _OBJECTS else str if name in _TEXTS else object
        if isinstance(checked, list) and not all(isinstance(one, wanted) for one in checked):
            problems.append(mistake(path, "an array of objects" if wanted is dict else "an array of text", value))
        return encode(checked)
    if kind == "ref":
        text = fact(value, "text", path, problems)
        return _uuid(text, path, problems) if text is not None else None
    if kind == "refs":
        entries = fact(value, "array", path, problems)
        return None if entries is None else [_uuid(one, path, problems) for one in entries]
    return fact(value, kind, path, problems)


def _uuid(text: Any, path: tuple[str | int, ...], problems: list[Problem]) -> Any:
    found = parse_uuid(text) if isinstance(text, str) else None
    if found is None:
        problems.append(mistake(path, "a UUID", text))
    return found


def _linked(entry: Any, place: int, problems: list[Problem]) -> Linked | None:
    path = (EXTENSION, "records", place)
    given = fact(entry, "object", path, problems)
    if given is None:
        return None
    before = len(problems)
    record = _uuid(given.get("id"), (*path, "id"), problems)
    fact(given.get("version"), "instant", (*path, "version"), problems)
    fact(given.get("vendor_id"), "text", (*path, "vendor_id"), problems)
    for name, kind, known in (("kind", "text", str), ("source", "text", str), ("body", "object", dict)):
        if not isinstance(given.get(name), known):
            problems.append(mistake((*path, name), kind, given.get(name)))
    if len(problems) > before:
        return None
    whole = {name: given.get(name) for name in ("source", "version", "body")}
    return Linked(record, given["kind"], given.get("vendor_id"), encode(whole))
