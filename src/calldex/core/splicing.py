"""Forms: JSON of one linked record with holes where other records stand, and how the holes are filled.

A form is made once, when a record is written. A hole begins and ends with the control character U+0001, which
JSON text can never contain. What stands between is ``r`` and the UUID of a record, ``i`` and a UUID for a
record inside an invoice, or ``?`` and text that is there only inside an invoice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

HOLE = b"\x01"
NULL = b"null"


@dataclass(frozen=True, slots=True)
class Form:
    """The JSON of a record for one surface, with holes, and the records that its holes want."""

    body: bytes
    refs: tuple[UUID, ...]


def hole(record: UUID, *, inside_invoice: bool = False) -> bytes:
    """The bytes that stand for a record until an answer is put together."""
    return HOLE + (b"i" if inside_invoice else b"r") + record.hex.encode() + HOLE


def only_inside_invoice(text: bytes) -> bytes:
    """Text of a form that is left out unless the record stands inside an invoice."""
    return HOLE + b"?" + text + HOLE


class Splicer:
    """Puts records into an answer; every record is put together once and then only copied."""

    __slots__ = ("_cut", "_done", "_forms", "_open", "_ready")

    def __init__(self, ready: Mapping[str, bytes], forms: Mapping[str, bytes] | None = None) -> None:
        """``ready`` maps the hexadecimal UUID of a record to its whole JSON, ``forms`` to its form with holes.

        A record that is in neither reads as null.
        """
        self._ready = ready
        self._forms = forms or {}
        self._done: dict[tuple[str, bool], bytes] = {}
        self._open: set[str] = set()
        self._cut = False

    def record(self, record: UUID | None) -> bytes:
        """The complete JSON of a record, ``null`` when nothing is known of it."""
        return NULL if record is None else self._named(record.hex, inside_invoice=False)

    def known(self, record: UUID) -> bool:
        """Whether anything is known of the record."""
        return self._ready.get(record.hex, NULL) != NULL or record.hex in self._forms

    def fill(self, form: bytes, *, inside_invoice: bool = False) -> bytes:
        """The form with every hole filled."""
        parts = form.split(HOLE)
        if len(parts) == 1:
            return form
        for place in range(1, len(parts), 2):
            part = parts[place]
            mark = part[:1]
            if mark == b"?":
                parts[place] = part[1:] if inside_invoice else b""
            else:
                parts[place] = self._named(part[1:].decode(), inside_invoice=mark == b"i")
        return b"".join(parts)

    def _named(self, name: str, *, inside_invoice: bool) -> bytes:
        if not inside_invoice:
            ready = self._ready.get(name)
            if ready is not None:
                return ready
        key = (name, inside_invoice)
        done = self._done.get(key)
        if done is None:
            form = self._forms.get(name)
            if form is None:
                return NULL
            if name in self._open:
                # A record that leads back to itself would never end; inside itself it reads as null. What is put
                # together around that place would look otherwise from elsewhere, so it is not remembered.
                self._cut = True
                return NULL
            self._open.add(name)
            done = self.fill(form, inside_invoice=inside_invoice)
            self._open.discard(name)
            if not self._cut:
                self._done[key] = done
            elif not self._open:
                self._cut = False
        return done
