"""The tables as ORM classes, with their relations."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, datetime: DateTime(timezone=True)}  # noqa: RUF012 - as the library has it


class User(Base):
    __tablename__ = "users"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012 - likewise
    id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]


class Integration(Base):
    __tablename__ = "integrations"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012
    id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]


class Workflow(Base):
    __tablename__ = "workflows"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012
    id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]


class WorkflowRun(Base):
    __tablename__ = "workflow_runs"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012
    id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]


class Partner(Base):
    __tablename__ = "partners"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012
    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[str | None]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    integration_id: Mapped[UUID | None] = mapped_column(ForeignKey(Integration.id))
    body: Mapped[dict[str, Any]]
    assignee: Mapped[User | None] = relationship()
    integration: Mapped[Integration | None] = relationship()


class Email(Base):
    __tablename__ = "emails"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("textbook.invoices.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    body: Mapped[dict[str, Any]]
    author: Mapped[User | None] = relationship()


class Invoice(Base):
    __tablename__ = "invoices"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012
    id: Mapped[UUID] = mapped_column(primary_key=True)
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey(Partner.id))
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    integration_id: Mapped[UUID | None] = mapped_column(ForeignKey(Integration.id))
    body: Mapped[dict[str, Any]]
    partner: Mapped[Partner | None] = relationship()
    assignee: Mapped[User | None] = relationship()
    integration: Mapped[Integration | None] = relationship()
    emails: Mapped[list[Email]] = relationship(order_by=Email.position)


class CallId(Base):
    __tablename__ = "call_ids"
    organization_id: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[UUID]


class CallInvoice(Base):
    __tablename__ = "call_invoices"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey(Invoice.id))
    invoice: Mapped[Invoice] = relationship()


class Task(Base):
    __tablename__ = "tasks"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    body: Mapped[dict[str, Any]]
    assignee: Mapped[User | None] = relationship()


class CallClassification(Base):
    __tablename__ = "call_classifications"
    __table_args__ = {"schema": "textbook"}  # noqa: RUF012
    call_id: Mapped[UUID] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    classification: Mapped[str] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime]


class Call(Base):
    """The call itself, where it is: its id alone is unique here, and every question names the organization, too."""

    __tablename__ = "calls"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[int]
    occurred_at: Mapped[datetime]
    vendor_ids: Mapped[dict[str, Any]]
    direction: Mapped[str | None]
    object_word: Mapped[str | None]
    to_number: Mapped[str | None]
    agent_id: Mapped[str | None]
    approver_key: Mapped[UUID | None] = mapped_column("approver", ForeignKey(User.id))
    approver_id: Mapped[str | None]
    call_agent_id: Mapped[str | None]
    call_reason: Mapped[str | None]
    classifications: Mapped[list[Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime | None]
    custom_classifications: Mapped[list[Any] | None] = mapped_column(JSON)
    disconnection_reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    from_number: Mapped[str | None]
    in_voicemail: Mapped[bool | None]
    is_automated: Mapped[bool | None]
    modified_at: Mapped[datetime | None]
    partner_key: Mapped[UUID | None] = mapped_column("partner", ForeignKey(Partner.id))
    partner_id: Mapped[str | None]
    recording: Mapped[Any] = mapped_column(JSON)
    platform_call_id: Mapped[str | None]
    provider: Mapped[str | None]
    sentiment: Mapped[str | None]
    started_at: Mapped[datetime | None]
    status: Mapped[str | None]
    summary: Mapped[str | None]
    transcript: Mapped[list[Any] | None] = mapped_column(JSON)
    transcript_text: Mapped[str | None]
    transferred_to: Mapped[str | None]
    workflow_key: Mapped[UUID | None] = mapped_column("workflow", ForeignKey(Workflow.id))
    workflow_run_key: Mapped[UUID | None] = mapped_column("workflow_run", ForeignKey(WorkflowRun.id))
    deleted_at: Mapped[datetime | None]

    approver: Mapped[User | None] = relationship()
    partner: Mapped[Partner | None] = relationship()
    workflow: Mapped[Workflow | None] = relationship()
    workflow_run: Mapped[WorkflowRun | None] = relationship()
    invoice_rows: Mapped[list[CallInvoice]] = relationship(order_by=CallInvoice.position)
    tasks: Mapped[list[Task]] = relationship(order_by=Task.position)
    classification_rows: Mapped[list[CallClassification]] = relationship()
