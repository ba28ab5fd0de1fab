"""What becomes known about a request on its way, for the log, the metrics and the answer's headers.

The outermost layer of the app puts the notes into the ASGI scope; whoever learns something adds it.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import HTTPConnection

_SCOPE_KEY = "calldex.notes"


@dataclass(slots=True)
class RequestNotes:
    """Facts about one request. `headers` are added to its answer, whatever the answer is."""

    request_id: str = ""
    organization: str | None = None
    key_id: str | None = None
    user_id: str | None = None
    error: str | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


def start_notes(scope: MutableMapping[str, Any], request_id: str) -> RequestNotes:
    notes = RequestNotes(request_id)
    scope[_SCOPE_KEY] = notes
    return notes


def notes_of(request: HTTPConnection) -> RequestNotes:
    """The notes of a request; a surface that runs without our app around it gets its own."""
    notes = request.scope.get(_SCOPE_KEY)
    return notes if isinstance(notes, RequestNotes) else start_notes(request.scope, "")


def add_header(request: HTTPConnection, name: str, value: str) -> None:
    """Add a header to the answer of this request, also when the answer becomes an error."""
    notes_of(request).headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))
