"""A call of Skipcall with all 25 keys of its document in their order (seed: Get a call), and ways to vary it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

KEYS: Final = [
    "id",
    "callType",
    "status",
    "type",
    "startedAt",
    "endedAt",
    "createdAt",
    "contact",
    "phoneNumber",
    "caller",
    "callerPhoneNumber",
    "phoneNumberId",
    "userProviderSid",
    "adminProviderSid",
    "providerConferenceId",
    "transferred",
    "updatedAt",
    "sequenceRunId",
    "sequenceId",
    "syncedWithCrmDate",
    "deletedAt",
    "organizationId",
    "organizationMembershipId",
    "managedPhoneNumberId",
    "notes",
]

UNKNOWN_CONTACT: Final = {"id": None, "firstName": None, "lastName": None, "isUnknown": True}


def uuid_of(name: str, number: int = 0) -> str:
    """The same UUID for the same name and number, another one for any other."""
    return str(UUID(int=int.from_bytes(name.encode()[:6].ljust(6, b"."), "big") << 80 | 4 << 76 | 2 << 62 | number))


def full_call(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A call in which every key but deletedAt has a value; ``changes`` replaces values of keys."""
    call: dict[str, Any] = {
        "id": uuid_of("call", number),
        "callType": "CALL_SESSION",
        "status": "completed",
        "type": "outbound",
        "startedAt": "2026-02-11T14:02:10.000Z",
        "endedAt": "2026-02-11T14:06:45.250Z",
        "createdAt": "2026-02-11T14:01:58.007Z",
        "contact": {"id": uuid_of("person"), "firstName": "Nadia", "lastName": "Leroux", "isUnknown": False},
        "phoneNumber": {"value": "+33199001234"},
        "caller": {"firstName": "Tom", "lastName": "Berger"},
        "callerPhoneNumber": {"value": "+33199004567"},
        "phoneNumberId": uuid_of("number"),
        "userProviderSid": "CA9abfb744f49fe0e789d48f265981d033",
        "adminProviderSid": "CAdab48f98dc7d49953d4c264faa455b16",
        "providerConferenceId": "CF59b169b4e3259ef7c8d9426efb34089d",
        "transferred": False,
        "updatedAt": "2026-02-20T09:30:00.000Z",
        "sequenceRunId": uuid_of("run"),
        "sequenceId": uuid_of("seq"),
        "syncedWithCrmDate": "2026-02-11T14:07:01.000Z",
        "deletedAt": None,
        "organizationId": uuid_of("org"),
        "organizationMembershipId": uuid_of("member"),
        "managedPhoneNumberId": uuid_of("managed"),
        "notes": "Interested; wants a second call after the fair.",
    }
    unknown = changes.keys() - call.keys()
    assert not unknown, f"no such key: {unknown}"
    return {**call, **changes}
