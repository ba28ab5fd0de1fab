"""The supplier whose calls these are: its people, workflows, agents, numbers and accounts.

Everything here depends on the seed alone (and the time of the last sync on `now`), so two runs
with the same seed show the same company.
"""

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec

from calldex.ingest.demo.chance import between, hexes, typed_id, uuid4
from calldex.ingest.demo.integrations import linked_integration
from calldex.ingest.demo.texts import names
from calldex.ingest.demo.words import raw

NAME = "Larkfield Supply"
HOST = "larkfield.example"
FOUNDED = datetime(2023, 2, 6, 14, 0, tzinfo=UTC)

# The numbers that the company calls from and is called at, and the desk behind each country's.
OUR_NUMBERS = {"US": "+12025550100", "FR": "+33199000010", "ES": "+34555010010"}
DESK_NUMBERS = {"US": "+12025550102", "FR": "+33199000012", "ES": "+34555010012"}


class User(msgspec.Struct, frozen=True, gc=False):
    """One member of the company; `v1` and `v2` are the finished bodies of the two versions."""

    id: str
    name: str
    email: str
    given_name: str
    family_name: str
    v1: msgspec.Raw
    v2: msgspec.Raw
    membership_id: str
    number: int


class Workflow(msgspec.Struct, frozen=True, gc=False):
    name: str
    v1: msgspec.Raw
    v2: msgspec.Raw


class Agent(msgspec.Struct, frozen=True, gc=False):
    """A voice agent with its ids at the three vendors; the last four are UUIDs."""

    name: str
    call_agent_id: str
    retell_id: str
    agent_id: str
    version_id: str
    llm_id: str
    llm_version_id: str


class Company(msgspec.Struct, frozen=True):
    organization_id: str
    organization_uuid: str
    users: list[User]
    workflows: list[Workflow]
    agents: dict[str, Agent]
    sender_id: str
    sender: msgspec.Raw
    business_units: dict[str, str]
    tags: list[tuple[str, msgspec.Raw]]
    integrations: list[tuple[str, msgspec.Raw]]
    phone_ids: dict[str, str]
    channel_ids: dict[str, str]
    sequence_ids: list[str]
    campaign_ids: list[str]


def found_company(rng: Random, now: datetime) -> Company:
    """The company as it stands at `now`."""
    organization_id = typed_id(rng, "org", FOUNDED)
    sender_id = typed_id(rng, "sndr", FOUNDED)
    users = _users(rng, organization_id, sender_id)
    sender = {
        "email": f"receivables@{HOST}",
        "object": "email_sender",
        "reply_to": f"receivables@{HOST}",
        "user_id": users[1].id,
        "id": sender_id,
        "created_at": FOUNDED + timedelta(days=1),
        "expired_at": None,
        "is_nylas_connection": True,
        "is_nylas_grant_expired": False,
        "is_shared": True,
        "modified_at": FOUNDED + timedelta(days=731),
        "name": f"{NAME} Receivables",
        "provider": "google",
        "reply_to_name": f"{NAME} Receivables",
        "signature_html": f"<p>{NAME}<br>+1 202 555 0100</p>",
    }
    countries = ("US", "FR", "ES")
    return Company(
        organization_id=organization_id,
        organization_uuid=uuid4(rng),
        users=users,
        workflows=[_workflow(rng, sender_id, *row) for row in names().workflows],
        agents={country: _agent(rng, name) for country, name in zip(countries, names().agents, strict=True)},
        sender_id=sender_id,
        sender=raw(sender),
        business_units={country: typed_id(rng, "bu", FOUNDED) for country in countries},
        tags=[_tag(rng, name, color) for name, color in names().tags],
        integrations=[
            linked_integration(rng, "ledgerworks_online", users[0].id, now),
            linked_integration(rng, "tallybook", users[10].id, now),
        ],
        phone_ids={country: uuid4(rng) for country in countries},
        channel_ids={country: uuid4(rng) for country in countries},
        sequence_ids=[uuid4(rng) for _ in range(6)],
        campaign_ids=[uuid4(rng) for _ in range(4)],
    )


def _users(rng: Random, organization_id: str, sender_id: str) -> list[User]:
    users: list[User] = []
    for index, (given, family, admin) in enumerate(names().users):
        joined = FOUNDED + timedelta(days=index * 31, minutes=between(rng, 0, 400))
        user_id = typed_id(rng, "user", joined)
        email = f"{given}.{family}@{HOST}".lower()
        name = f"{given} {family}"
        picture = f"https://files.{HOST}/avatars/{given.lower()}.png"
        modified = joined + timedelta(days=between(rng, 200, 600))
        v1 = {
            "email": email,
            "family_name": family,
            "given_name": given,
            "object": "user",
            "organization_id": organization_id,
            "id": user_id,
            "created_at": joined,
            "dashboard_settings": {"thread_emails_sort_order": "asc"},
            "default_email_sender_id": sender_id,
            "invited_by_user_id": users[0].id if users else None,
            "is_access_approved": True,
            "is_org_admin": admin,
            "modified_at": modified,
            "name": name,
            "onboarding_required": False,
            "profile_picture": picture,
            "selected": index == 0,
        }
        v2 = {
            "created_at": joined,
            "modified_at": modified,
            "id": user_id,
            "email": email,
            "name": name,
            "given_name": given,
            "family_name": family,
            "profile_picture": picture,
            "object": "user",
        }
        users.append(
            User(
                id=user_id,
                name=name,
                email=email,
                given_name=given,
                family_name=family,
                v1=raw(v1),
                v2=raw(v2),
                membership_id=uuid4(rng),
                number=1200 + index,
            )
        )
    return users


def _workflow(rng: Random, sender_id: str, name: str, active_days: list[int], opens: str, closes: str) -> Workflow:
    created = FOUNDED + timedelta(days=between(rng, 60, 300), minutes=between(rng, 0, 500))
    modified = created + timedelta(days=between(rng, 30, 400))
    workflow_id = typed_id(rng, "otwfl", created)
    v1 = {
        "id": workflow_id,
        "active_days": active_days,
        "created_at": created,
        "email_sender_id": sender_id,
        "is_active": True,
        "is_call_on_weekend_enabled": False,
        "modified_at": modified,
        "name": name,
        "object": "outreach_workflow",
        "outreach_window_end": closes,
        "outreach_window_start": opens,
        "pending_run_strategy": "send_all",
        "test_email": f"dry-run@{HOST}",
        "test_phone_number": "+12025550101",
        "timezone": "America/New_York",
    }
    v2 = {
        "created_at": created,
        "modified_at": modified,
        "id": workflow_id,
        "name": name,
        "is_active": True,
        "object": "outreach_workflow",
    }
    return Workflow(name=name, v1=raw(v1), v2=raw(v2))


def _agent(rng: Random, name: str) -> Agent:
    return Agent(
        name=name,
        call_agent_id=typed_id(rng, "cagt", FOUNDED + timedelta(days=90)),
        retell_id=f"agent_{hexes(rng, 26)}",
        agent_id=uuid4(rng),
        version_id=uuid4(rng),
        llm_id=uuid4(rng),
        llm_version_id=uuid4(rng),
    )


def _tag(rng: Random, name: str, color: str) -> tuple[str, msgspec.Raw]:
    created = FOUNDED + timedelta(days=between(rng, 10, 50))
    tag_id = typed_id(rng, "tag", created)
    tag = {
        "name": name,
        "object": "tag",
        "id": tag_id,
        "color": color,
        "created_at": created,
        "modified_at": created,
        "rule_condition": {"field": "invoice_balance", "operator": "gte", "value": 1000},
    }
    return tag_id, raw(tag)
