"""A customer of the company: its name, place, people and numbers."""

import re
import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from calldex.ingest.demo.chance import between, pick, typed_id, uuid4
from calldex.ingest.demo.company import Company, User
from calldex.ingest.demo.texts import Country, names
from calldex.ingest.demo.words import raw

_WORD = re.compile(r"[a-z0-9]+")


class Person(msgspec.Struct, frozen=True, gc=False):
    """Somebody at a partner, with the ids that the three vendors know."""

    first: str
    last: str
    email: str
    phone: str
    role: str
    id: str
    contact_uuid: str
    phone_uuid: str
    whippy_id: str
    conversation_id: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


class Partner(msgspec.Struct):
    """`at_call` and `in_invoice` are v1's two bodies, `short` is v2's."""

    id: str
    name: str
    country: str
    currency: str
    host: str
    street: str
    city: str
    zone: str
    account_number: str
    created: datetime
    assignee: User
    people: list[Person]
    addresses: tuple[msgspec.Raw, msgspec.Raw]
    address_ids: tuple[int, int]
    address_uid: str | None
    integration: tuple[str, msgspec.Raw] | None
    at_call: msgspec.Raw = msgspec.Raw(b"null")
    in_invoice: msgspec.Raw = msgspec.Raw(b"null")
    short: msgspec.Raw = msgspec.Raw(b"null")


def meet_partner(rng: Random, company: Company, number: int, country: str, since: datetime) -> Partner:
    """A new customer without bodies; `dress_partner` makes them when its history is known."""
    words = names().countries[country]
    head, tail = pick(rng, words.heads), pick(rng, words.tails)
    name = f"{head} {tail}"
    city, state, postal, latitude, longitude, zone, area = pick(rng, words.cities)
    created = since - timedelta(days=between(rng, 40, 700), minutes=between(rng, 0, 900))
    street = _street(rng, words, country)
    phones = [phone_number(rng, country, area) for _ in range(2)]
    # The number of the partner makes hosts unique; names alone are not.
    host = f"{_slug(head)}-{_slug(tail.split(',')[0])}-{number}.example"
    place = {
        "city": city,
        "state": state,
        "postal_code": f"{postal}{between(rng, 1, 98):02d}",
        "country": country,
        "latitude": latitude,
        "longitude": longitude,
    }
    account = f"C-{10000 + number}"
    billing = _address(place, created, account, "billing", name, street, phones[0])
    shipping = _address(place, created, account, "shipping", name, _street(rng, words, country), None)
    return Partner(
        id=typed_id(rng, "ptn", created),
        name=name,
        country=country,
        currency="USD" if country == "US" else "EUR",
        host=host,
        street=street,
        city=city,
        zone=zone,
        account_number=account,
        created=created,
        assignee=company.users[_desk(rng, country)],
        people=[_person(rng, words, host, phones[index], created) for index in range(1 + (rng.random() < 0.35))],
        addresses=(raw(billing), raw(shipping)),
        address_ids=(40000 + 2 * number, 40001 + 2 * number),
        address_uid=typed_id(rng, "cadr", created) if rng.random() < 0.3 else None,
        integration=_integration(rng, company),
    )


def phone_number(rng: Random, country: str, area: str) -> str:
    """A number of a range that is kept free for fiction (Spain has none: 555 is never given out)."""
    if country == "US":
        return f"+1{area}55501{between(rng, 4, 99):02d}"
    if country == "FR":
        return f"+3319900{between(rng, 100, 9999):04d}"
    return f"+34555{area}{between(rng, 100, 999)}"


def _person(rng: Random, words: Country, host: str, phone: str, created: datetime) -> Person:
    first, last = pick(rng, words.first), pick(rng, words.last)
    return Person(
        first=first,
        last=last,
        email=f"{_slug(first)}.{_slug(last)}@{host}",
        phone=phone,
        role=pick(rng, names().roles),
        id=typed_id(rng, "cnt", created),
        contact_uuid=uuid4(rng),
        phone_uuid=uuid4(rng),
        whippy_id=uuid4(rng),
        conversation_id=uuid4(rng),
    )


def _address(
    place: dict[str, str],
    created: datetime,
    account: str,
    kind: str,
    name: str,
    street: str,
    phone: str | None,
) -> dict[str, Any]:
    return {
        "object": "address",
        "city": place["city"],
        "coordinates": {"lat": Decimal(place["latitude"]), "lng": Decimal(place["longitude"])},
        "country": place["country"],
        "created_at": created,
        "description": None,
        "line1": street,
        "line2": None,
        "modified_at": created,
        "name": name,
        "phone": phone,
        "postal_code": place["postal_code"],
        "remote_id": f"ADDR-{account}-{kind[0].upper()}",
        "state": place["state"],
        "type": kind,
    }


def _street(rng: Random, words: Country, country: str) -> str:
    number, street = between(rng, 2, 480), pick(rng, words.streets)
    return f"{street}, {number}" if country == "ES" else f"{number} {street}"


def _desk(rng: Random, country: str) -> int:
    # Users 7 and 8 look after France and Spain.
    return {"US": between(rng, 1, 5), "FR": 7, "ES": 8}[country]


def _integration(rng: Random, company: Company) -> tuple[str, msgspec.Raw] | None:
    draw = rng.random()
    if draw < 0.25:
        return company.integrations[0]
    return company.integrations[1] if draw < 0.7 else None


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(_WORD.findall(plain))
