"""One tree of errors with stable codes. Each surface decides how an error looks; nobody else does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in what a client or a file said.

    ``where`` leads to the place, outermost first: ``("query", "limit")``, ``("body", "from", 0)``.
    ``kind`` is a stable word for programs, ``message`` a sentence for people, ``given`` the value itself.
    """

    where: tuple[str | int, ...]
    message: str
    kind: str
    given: object = None

    @property
    def field(self) -> str:
        """The place as dotted text, without the outermost part: ``invoices.0.amount_due``."""
        return ".".join(str(part) for part in self.where[1:] or self.where)


class CalldexError(Exception):
    """The root: ``code`` is stable, ``message`` is a sentence that a person can act on."""

    code = "internal_error"
    default_message = "Something went wrong on our side; the log has more under the request id."

    def __init__(self, message: str | None = None, *, problems: tuple[Problem, ...] = ()) -> None:
        self.message = message or (problems[0].message if problems else self.default_message)
        self.problems = problems
        super().__init__(self.message)


class InvalidRequest(CalldexError):
    """What was sent cannot be understood or is not allowed; ``problems`` names every mistake."""

    code = "invalid_request"
    default_message = "The request is not valid."


class UnsupportedMediaType(InvalidRequest):
    """The body is not of a content type that the operation takes."""

    code = "unsupported_media_type"
    default_message = "The body must be JSON, sent with Content-Type: application/json."


class Unauthenticated(CalldexError):
    """No key, or one that is malformed, unknown or revoked."""

    code = "unauthenticated"
    default_message = "A valid API key is needed."


class Forbidden(CalldexError):
    """The key is good, but it was not issued for this."""

    code = "forbidden"
    default_message = "The key does not have the scope that this needs."


class NotFound(CalldexError):
    """It does not exist, or it is not in the key's organization: the two are never told apart."""

    code = "not_found"
    default_message = "Nothing was found there."


class Conflict(CalldexError):
    """The change contradicts what is there."""

    code = "conflict"
    default_message = "The change contradicts what is there."


class PreconditionFailed(Conflict):
    """What the client has seen is no longer what there is."""

    code = "precondition_failed"
    default_message = "It has changed since it was read; read it again."


class PreconditionRequired(Conflict):
    """The change is only safe against a known version, and the client named none."""

    code = "precondition_required"
    default_message = "If-Match with the ETag of what is changed is required."


class InProgress(Conflict):
    """Another request is doing the same at this moment; ``retry_after`` is in whole seconds."""

    code = "in_progress"
    default_message = "A request with the same Idempotency-Key is being answered at this moment."
    retry_after = 1


class TooLarge(CalldexError):
    """A body or header is over its limit."""

    code = "too_large"
    default_message = "The request is too large."


class RateLimited(CalldexError):
    """More requests than the surface allows; ``retry_after`` is in whole seconds."""

    code = "rate_limited"
    default_message = "Too many requests; wait a moment and try again."

    def __init__(self, message: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeadlineExceeded(CalldexError):
    """The database was told to stop because the time that the client allowed had passed."""

    code = "deadline_exceeded"
    default_message = "The search took longer than allowed and was stopped."


class Unavailable(CalldexError):
    """The database cannot be reached or is not ready; ``retry_after`` is in whole seconds."""

    code = "unavailable"
    default_message = "The database cannot be reached at the moment."
    retry_after = 2


class Overloaded(Unavailable):
    """More is asked at this moment than can be answered; ``retry_after`` is in whole seconds."""

    code = "overloaded"
    default_message = "The server has more to do than it can at this moment; try again a little later."

    def __init__(self, message: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UsageError(CalldexError):
    """A command was used in a way that cannot work; the message says what to do instead."""

    code = "usage"
    default_message = "The command was not understood."
