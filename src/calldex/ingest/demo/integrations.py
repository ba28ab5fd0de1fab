"""The accounting systems that the company's invoices and partners are synced with."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from calldex.ingest.demo.chance import hexes, typed_id
from calldex.ingest.demo.words import raw

_HOST = "larkfield.example"
_CONNECTED = datetime(2023, 3, 10, 15, 0, tzinfo=UTC)

_STEPS = [
    {
        "type": "fetch",
        "title": "Authorize access",
        "description": "Opens the accounting system and asks for consent.",
        "endpoint": "/oauth/authorize",
        "fields": ["realm_id", "company_name"],
        "post_auth": False,
    },
]
_SETTINGS = [
    {
        "key": "deposit_account",
        "type": "any",
        "choices": ["1010 Operating", "1020 Lockbox"],
        "description": None,
        "format": "text",
        "group": None,
        "guide_url": None,
        "is_editable": False,
        "is_required": False,
        "is_select": True,
        "label": "Deposit account",
        "post_auth": True,
        "requires_load": True,
    },
]
_DISPLAY_NAMES = {"ledgerworks_online": "LedgerWorks Online", "tallybook": "Tallybook"}


def linked_integration(rng: Random, name: str, owner_id: str, now: datetime) -> tuple[str, msgspec.Raw]:
    """The id and the finished body of one connection.

    "ledgerworks_online" comes with its steps, settings, a model, its last sync and the run of it;
    any other name is a plain connection without them.
    """
    rich = name == "ledgerworks_online"
    synced = now.replace(minute=0, second=0, microsecond=0)
    linked_id = typed_id(rng, "lint", _CONNECTED)
    host = f"{name.partition('_')[0]}.example"
    body = {
        "integration_name": name,
        "is_configured": True,
        "object": "linked_integration",
        "settings": {"deposit_account": "1020 Lockbox"} if rich else {},
        "id": linked_id,
        "api_subdomain": "larkfield",
        "api_url": f"https://larkfield.{host}/v3",
        "connection_info": {"realm_id": "9130357"} if rich else None,
        "created_at": _CONNECTED,
        "credentials_expire_at": synced + timedelta(days=88) if rich else None,
        "health": _health("The connection ends in 88 days.", "reconnect_soon") if rich else _health(),
        "identity_info": {"email": f"books@{_HOST}"},
        "integration": _integration(name, host, rich=rich),
        "is_running_setup": False,
        "is_sync_disabled": False,
        "is_webhooks_enabled": rich,
        "models": [_model(rng, linked_id, synced)] if rich else [],
        "modified_at": synced,
        "name": f"{_DISPLAY_NAMES[name]} (main company file)",
        "owner_id": owner_id,
        "requires_setup": False,
        "username": f"books@{_HOST}",
        "webhook_listener_url": f"https://hooks.{_HOST}/ledgerworks" if rich else None,
        "webhook_setup_error": None,
    }
    return linked_id, raw(body)


def _integration(name: str, host: str, *, rich: bool) -> dict[str, Any]:
    display_name = _DISPLAY_NAMES[name]
    return {
        "display_name": display_name,
        "name": name,
        "object": "integration",
        "api_base_url": f"https://api.{host}/v3",
        "api_documentation_url": f"https://docs.{host}/api" if rich else None,
        "api_requires_subdomain": False,
        "auth_type": "oauth2",
        "categories": ["accounting"],
        "color": "#2CA01C",
        "connection_guide_url": None,
        "connection_instructions": None,
        "connection_steps": _STEPS if rich else [],
        "created_at": _CONNECTED - timedelta(days=400),
        "description": f"Invoices, customers and payments from {display_name}.",
        "is_enabled": True,
        "logo": None,
        "logo_square": None,
        "modified_at": _CONNECTED - timedelta(days=30),
        "settings": _SETTINGS if rich else [],
        "short_description": "Accounting",
    }


def _model(rng: Random, linked_id: str, synced: datetime) -> dict[str, Any]:
    started = synced - timedelta(hours=1)
    model_id = typed_id(rng, "lmdl", _CONNECTED)
    sync_id = typed_id(rng, "sync", started)
    run_id = typed_id(rng, "run", started)
    run = {
        "object": "run",
        "id": run_id,
        "completed_at": synced,
        "created_at": started,
        "data": {"model": "invoice", "batch_size": 200},
        "event_id": typed_id(rng, "evt", started),
        "modified_at": synced,
        "output": {"read": 184, "changed": 9},
        "remote_id": f"job-{hexes(rng, 12)}",
        "stacktrace": None,
        "started_at": started,
        "status": "scheduled",
    }
    return {
        "integration_schema_id": "ledgerworks.invoice",
        "linked_integration_id": linked_id,
        "name": "invoice",
        "object": "linked_model",
        "id": model_id,
        "created_at": _CONNECTED,
        "exclude_rule": {"field": "status", "operator": "eq", "value": "draft"},
        "field_mappings": {"number": "DocNumber", "memo": "PrivateNote"},
        "health": _health("One page was read twice.", "partial_sync"),
        "is_read_enabled": True,
        "is_webhooks_setup": True,
        "is_write_enabled": True,
        "last_sync": {
            "linked_model_id": model_id,
            "object": "sync",
            "run_id": run_id,
            "id": sync_id,
            "created_at": started,
            "entity_id": None,
            "is_initial_sync": False,
            "is_one_off": False,
            "modified_at": synced,
            "pagination": {"page": 4, "per_page": 50},
            "run": run,
            "timerange_end": started,
            "timerange_start": started - timedelta(hours=1),
        },
        "last_sync_id": sync_id,
        "modified_at": synced,
        "next_sync_at": synced + timedelta(hours=1),
        "sync_requested": False,
    }


def _health(message: str | None = None, reason: str | None = None) -> dict[str, Any]:
    return {"status": "incomplete", "details": None, "message": message, "reason": reason}
