"""Everything that a surface is given when it is made."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from calldex.actions.merging_records import MakeForm
from calldex.core.errors import Forbidden, Unauthenticated
from calldex.core.keys import Principal
from calldex.store.database import Database
from calldex.surfaces.http.notes import notes_of


@dataclass(frozen=True, slots=True)
class SurfaceContext:
    """What a surface needs and nothing else knows how to get.

    `get_database` works once the app has started. `check_key` gives the principal of a key's text
    or raises Unauthenticated. `rate_limit` is the surface's own setting (0 is no limit); it always
    holds sandbox keys, which stand in for the vendor, and live keys when the operator wants that.
    `forms` makes what every surface shows of a linked record. `get_secret` gives the secret of this installation.
    `recordings` is the folder or URL below which recordings are stored.
    """

    get_database: Callable[[], Database]
    check_key: Callable[[str], Awaitable[Principal]]
    max_body_bytes: int = 1024 * 1024
    relax_unknown_parameters: bool = False
    rate_limit: int = 0
    limit_live_keys: bool = False
    forms: Mapping[str, MakeForm] = field(default_factory=dict)
    get_secret: Callable[[], bytes] = bytes
    recordings: str = ""
    max_recording_bytes: int = 256 * 1024**2
    max_batch_bytes: int = 32 * 1024**2
    recording_link_seconds: int = 3600

    @property
    def database(self) -> Database:
        return self.get_database()

    def holds(self, principal: Principal) -> bool:
        """Whether the rate limit is enforced for a key, or only told."""
        return principal.test or self.limit_live_keys

    async def principal(self, request: HTTPConnection, key: str | None, scope: str = "read") -> Principal:
        """Who is asking, by the key that the surface found in the request (None: it found none).

        Raises Forbidden when the key lacks the scope that the operation needs. The log learns the organization and
        the key's id, never the key.
        """
        if not key:
            raise Unauthenticated("No API key was sent.")
        principal = await self.check_key(key)
        notes = notes_of(request)
        notes.organization = str(principal.organization_public_id)
        notes.key_id = str(principal.key_id)
        if not principal.may(scope):
            raise Forbidden(f'The key does not have the scope "{scope}", which this needs.')
        return principal
