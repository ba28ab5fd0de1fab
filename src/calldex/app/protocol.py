"""uvicorn's HTTP protocol with bounds that it does not have: on the head of a request, and on a client's patience.

A client that stops sending its request, or stops taking its answer, would otherwise hold a connection and the memory
of an answer for ever. An answer that does not end by itself ends with its client, and when the server stops.
"""

import asyncio
from collections.abc import Callable
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from calldex.web.live import ENDLESS

# The setting for headers ends at 1 MiB; whoever sends more than this gets no answer in the shape
# of a surface, because no surface is known before the head is read.
_MOST_HEAD_BYTES = 1280 * 1024
_HEAD_SECONDS = 30
_LINGER_SECONDS = 1
_REFUSAL = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """Ends a connection whose next head is endless or does not come to its end in time, and one on which nothing
    moves for ``stalled_seconds`` while a body is awaited or an answer waits to be taken.
    """

    stalled_seconds: ClassVar[float] = 60
    when_lost: Callable[[], None] | None = None

    _refused = False
    _head_bytes = 0
    _in_head = False
    _in_body = False
    _deadline: asyncio.TimerHandle | None = None
    _watch: asyncio.TimerHandle | None = None
    _moved = False
    _untaken = 0
    _still = 0
    _answered: RequestResponseCycle | None = None
    _is_endless = False
    _stops = False

    def shutdown(self) -> None:
        self._stops = True
        # An answer that does not end by itself would keep a server that stops until its time is up.
        if self._is_endless:
            self._cut_off()
        else:
            super().shutdown()

    def become_endless(self) -> None:
        """The request that is being answered has an answer that does not end by itself."""
        self._is_endless = True
        if self.pipeline or self._stops:
            self._cut_off()

    def _cut_off(self) -> None:
        # Whoever answers is told at once: what they still wrote would go to a connection that is closed.
        self._tell_lost()
        self.transport.abort()

    def _tell_lost(self) -> None:
        """Tell the request that is answered. uvicorn tells only the last one, which may still wait for its turn."""
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True
            self._answered.message_event.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self._start_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self.when_lost is not None:
            self.when_lost()
        self._tell_lost()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()
        cast("dict[str, object]", self.scope)[ENDLESS] = self.become_endless

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()
        if not self.pipeline:
            self._answered = self.cycle
        self._in_body = True

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._is_endless = False
        if self.pipeline:
            self._answered = self.pipeline[-1][0]
        super().on_response_complete()
        self._watch_for_stalling()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_for_stalling()

    def resume_writing(self) -> None:
        self._moved = True
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._is_endless:
            # uvicorn would let this wait for the end of the answer and read no more, not even that the client goes.
            self._cut_off()
            return
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._sends_body():
            self._watch_for_stalling()
        if not self._in_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > _MOST_HEAD_BYTES:
            # What still comes is thrown away for a moment: closing with bytes unread would reset the connection, and
            # the client might never see the answer.
            self._refused = True
            self.transport.write(_REFUSAL)
            self.loop.call_later(_LINGER_SECONDS, self.transport.close)
        elif self._deadline is None:
            self._start_waiting()

    def _start_waiting(self) -> None:
        self._deadline = self.loop.call_later(_HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _watch_for_stalling(self) -> None:
        self._moved = True
        # One timer looks again and again while there is something to look at: an answer needs none of its own.
        if self._watch is None:
            self._untaken, self._still = 0, 0
            self._watch = self.loop.call_later(self.stalled_seconds / 2, self._look)

    def _look(self) -> None:
        """Go on watching what moves, and end what does not. Closing would wait for the client to take the rest."""
        self._watch = None
        before, self._untaken = self._untaken, self.transport.get_write_buffer_size()
        if not self._untaken and not self._sends_body():
            return
        moved = self._moved or self._untaken < before or not (self._untaken or self._may_send())
        self._moved, self._still = False, 0 if moved else self._still + 1
        if self._still == 2:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(self.stalled_seconds / 2, self._look)

    def _sends_body(self) -> bool:
        return self._in_body and not self.cycle.response_complete

    def _may_send(self) -> bool:
        """Whether it is the client's turn, and not ours to ask for more or to read what was sent."""
        return not self.cycle.waiting_for_100_continue and not self.flow.read_paused
