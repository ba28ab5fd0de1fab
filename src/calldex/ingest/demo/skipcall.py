"""A call as Skipcall's API answers it: 25 keys in camel case, times with milliseconds."""

from datetime import datetime, timedelta
from random import Random

from calldex.ingest.demo.calls import Call
from calldex.ingest.demo.chance import between, hexes, pick, uuid4, uuid7_bits, uuid_text
from calldex.ingest.demo.company import Company
from calldex.ingest.demo.partners import phone_number
from calldex.ingest.demo.texts import names
from calldex.ingest.demo.words import encode

# Twilio's words, where they differ from ours.
_STATUSES = {"no_answer": "no-answer", "in_progress": "in-progress"}


def render(rng: Random, company: Company, call: Call) -> bytes:
    """The JSON of the call."""
    in_session = call.automated
    caller = pick(rng, company.users)
    unknown = call.direction == "inbound" and rng.random() < 0.15
    talked = call.status == "completed"
    modified = call.modified or call.created
    synced = modified + timedelta(seconds=between(rng, 2, 9)) if talked else None
    return encode(
        {
            "id": uuid_text(uuid7_bits(rng, call.created)),
            "callType": "CALL_SESSION" if in_session else "DIRECT_CALL",
            "status": _STATUSES.get(call.status, call.status),
            "type": call.direction,
            "startedAt": _milliseconds(call.started),
            "endedAt": _milliseconds(call.ended),
            "createdAt": _milliseconds(call.created),
            "contact": {
                "id": None if unknown else call.person.contact_uuid,
                "firstName": None if unknown else call.person.first,
                "lastName": None if unknown else call.person.last,
                "isUnknown": unknown,
            },
            "phoneNumber": {"value": _somebody(rng, call) if unknown else call.theirs},
            "caller": {"firstName": caller.given_name, "lastName": caller.family_name},
            "callerPhoneNumber": {"value": call.ours},
            "phoneNumberId": uuid4(rng) if unknown else call.person.phone_uuid,
            "userProviderSid": f"CA{hexes(rng, 32)}",
            "adminProviderSid": f"CA{hexes(rng, 32)}" if talked else None,
            "providerConferenceId": f"CF{hexes(rng, 32)}" if talked else None,
            "transferred": call.transferred_to is not None,
            "updatedAt": _milliseconds(synced or modified),
            "sequenceRunId": uuid4(rng) if in_session else None,
            "sequenceId": pick(rng, company.sequence_ids) if in_session else None,
            "syncedWithCrmDate": _milliseconds(synced) if rng.random() < 0.7 else None,
            "deletedAt": None,
            "organizationId": company.organization_uuid,
            "organizationMembershipId": caller.membership_id,
            "managedPhoneNumberId": company.phone_ids[call.country],
            "notes": call.scenario.note.format_map(call.slots) if talked else None,
        }
    )


def _somebody(rng: Random, call: Call) -> str:
    city = pick(rng, names().countries[call.country].cities)
    return phone_number(rng, call.country, city[6])


def _milliseconds(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z" if moment else None
