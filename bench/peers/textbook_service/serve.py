"""The service: ``serve.py DATABASE_URL ORGANIZATION PORT``."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query
from models import CallV1, PageV1, PageV2
from sqlalchemy import Select, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import defer, selectinload
from tables import Call, CallClassification, CallId, CallInvoice, Email, Invoice, Partner, Task

URL, ORGANIZATION, PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

engine = create_async_engine(make_url(URL).set(drivername="postgresql+asyncpg"), pool_size=10)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


class Filters:
    def __init__(
        self,
        direction: str | None = None,
        sentiment: Annotated[list[str], Query()] = [],  # noqa: B006 - the framework copies it
        classification: Annotated[list[str], Query()] = [],  # noqa: B006 - likewise
        partner: str | None = None,
        after: datetime | None = None,
        before: datetime | None = None,
    ) -> None:
        self.direction, self.sentiment, self.classification = direction, sentiment, classification
        self.partner, self.after, self.before = partner, after, before

    def apply(self, statement: Select[Any]) -> Select[Any]:
        statement = statement.where(Call.organization_id == ORGANIZATION, Call.deleted_at.is_(None))
        if self.direction:
            statement = statement.where(Call.direction == self.direction)
        if self.sentiment:
            statement = statement.where(Call.sentiment.in_(self.sentiment))
        if self.classification:
            wanted = CallClassification.classification.in_(self.classification)
            statement = statement.where(Call.classification_rows.any(wanted))
        if self.partner:
            found = select(Partner.id).where(Partner.vendor_id == self.partner).scalar_subquery()
            statement = statement.where(Call.partner_key == found)
        if self.after:
            statement = statement.where(Call.occurred_at >= self.after)
        if self.before:
            statement = statement.where(Call.occurred_at < self.before)
        return statement


def eager_v1() -> list[Any]:
    partner = selectinload(Call.partner)
    invoice = selectinload(Call.invoice_rows).selectinload(CallInvoice.invoice)
    return [
        selectinload(Call.approver),
        selectinload(Call.workflow),
        selectinload(Call.tasks).selectinload(Task.assignee),
        partner.selectinload(Partner.assignee),
        partner.selectinload(Partner.integration),
        invoice.selectinload(Invoice.partner).selectinload(Partner.assignee),
        invoice.selectinload(Invoice.partner).selectinload(Partner.integration),
        invoice.selectinload(Invoice.assignee),
        invoice.selectinload(Invoice.integration),
        invoice.selectinload(Invoice.emails).selectinload(Email.author),
    ]


def eager_v2() -> list[Any]:
    return [
        *(defer(heavy) for heavy in (Call.transcript, Call.transcript_text, Call.summary)),
        selectinload(Call.approver),
        selectinload(Call.workflow),
        selectinload(Call.workflow_run),
        selectinload(Call.tasks),
        selectinload(Call.partner),
        selectinload(Call.invoice_rows).selectinload(CallInvoice.invoice).selectinload(Invoice.partner),
    ]


async def read_page(session: AsyncSession, filters: Filters, eager: list[Any], page: int, limit: int) -> dict[str, Any]:
    listed = filters.apply(select(Call)).order_by(Call.occurred_at.desc(), Call.id.desc())
    calls = (await session.scalars(listed.limit(limit).offset(page * limit).options(*eager))).all()
    total = await session.scalar(filters.apply(select(func.count()).select_from(Call))) or 0
    following = page + 1 if (page + 1) * limit < total else None
    return {"data": calls, "current_page": page, "total_records": total, "next_page": following}


@app.get("/v1/calls", response_model=PageV1)
async def list_v1(
    session: Session, filters: Annotated[Filters, Depends()], page: int = 0, limit: Annotated[int, Query(le=200)] = 50
) -> Any:
    found = await read_page(session, filters, eager_v1(), page, limit)
    return {**found, "data": [show_v1(call) for call in found["data"]]}


@app.get("/v2/calls", response_model=PageV2)
async def list_v2(
    session: Session, filters: Annotated[Filters, Depends()], page: int = 0, limit: Annotated[int, Query(le=500)] = 100
) -> Any:
    found = await read_page(session, filters, eager_v2(), page, limit)
    return {**found, "data": [show_v2(call) for call in found["data"]]}


@app.get("/v1/calls/{call_id}", response_model=CallV1)
async def get_v1(session: Session, call_id: str) -> Any:
    named = select(CallId.call_id).where(CallId.organization_id == ORGANIZATION, CallId.vendor_id == call_id)
    found = select(Call).where(Call.organization_id == ORGANIZATION, Call.id == named.limit(1).scalar_subquery())
    call = await session.scalar(found.options(*eager_v1()))
    if call is None:
        raise HTTPException(404)
    return show_v1(call)


def show_partner(partner: Partner | None) -> dict[str, Any] | None:
    if partner is None:
        return None
    return {**partner.body, "assignee": body(partner.assignee), "linked_integration": body(partner.integration)}


def show_invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        **invoice.body,
        "partner": show_partner(invoice.partner),
        "assignee": body(invoice.assignee),
        "linked_integration": body(invoice.integration),
        "emails": [{**email.body, "author": body(email.author)} for email in invoice.emails],
    }


def show_v1(call: Call) -> dict[str, Any]:
    tasks = {task.body["id"]: {**task.body, "assignee": body(task.assignee)} for task in call.tasks}
    classifications = [
        {**one, "tasks": [tasks.pop(name) for name in one.get("tasks") or () if name in tasks]}
        for one in call.classifications or ()
    ]
    if tasks and classifications:
        classifications[0]["tasks"] += tasks.values()
    return {
        **shared(call),
        "agent_id": call.agent_id,
        "approver_id": call.approver_id,
        "call_agent_id": call.call_agent_id,
        "classifications": classifications,
        "custom_classifications": call.custom_classifications,
        "invoices": [show_invoice(row.invoice) for row in call.invoice_rows],
        "is_automated": call.is_automated,
        "partner": show_partner(call.partner),
        "partner_id": call.partner_id,
        "recording_url": call.recording,
        "retell_id": call.platform_call_id,
        "summary": call.summary,
        "transcript": call.transcript,
        "transcript_str": call.transcript_text,
        "transferred_to": call.transferred_to,
    }


def show_v2(call: Call) -> dict[str, Any]:
    tasks = [task.body for task in call.tasks]
    return {
        **shared(call),
        "classifications": call.classifications or [],
        "invoices": [
            {**row.invoice.body, "partner": body(row.invoice.partner), "emails": None} for row in call.invoice_rows
        ],
        "partner": body(call.partner),
        "provider": call.provider,
        "tasks": tasks,
        "display_tasks": [task for task in tasks if task.get("status") == "open"],
        "workflow_run": body(call.workflow_run),
    }


def shared(call: Call) -> dict[str, Any]:
    """The keys that both versions have."""
    return {
        "id": call.vendor_ids.get("stuut") or str(call.id),
        "object": call.object_word or "call",
        "direction": call.direction,
        "from_number": call.from_number,
        "to_number": call.to_number,
        "approver": body(call.approver),
        "call_reason": call.call_reason,
        "created_at": call.created_at,
        "modified_at": call.modified_at,
        "start_time": call.started_at,
        "end_time": call.ended_at,
        "disconnection_reason": call.disconnection_reason,
        "in_voicemail": call.in_voicemail,
        "sentiment": call.sentiment,
        "status": call.status,
        "workflow": body(call.workflow),
    }


def body(row: Any) -> dict[str, Any] | None:
    return None if row is None else row.body


if __name__ == "__main__":
    uvicorn.run(app, port=PORT, log_level="error", access_log=False)
