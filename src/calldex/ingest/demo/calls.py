"""One call before any vendor prints it: the facts that all of them tell in their own words."""

from datetime import datetime

import msgspec

from calldex.ingest.demo.company import Agent, User, Workflow
from calldex.ingest.demo.conversation import Conversation
from calldex.ingest.demo.invoices import Invoice
from calldex.ingest.demo.partners import Partner, Person
from calldex.ingest.demo.texts import Scenario


class Call(msgspec.Struct):
    """A planned, running or finished call.

    `slots` fill the (English) texts of its scenario. `partner` is none for an unknown caller. A call that is `timed`
    tells when each word was said.
    """

    format: str
    direction: str
    status: str
    country: str
    language: str
    created: datetime
    ours: str
    theirs: str
    person: Person
    partner: Partner | None
    agent: Agent
    colleague: User
    scenario: Scenario
    slots: dict[str, str]
    invoices: list[Invoice]
    automated: bool
    workflow: Workflow | None = None
    approver: User | None = None
    started: datetime | None = None
    ended: datetime | None = None
    modified: datetime | None = None
    conversation: Conversation | None = None
    sentiment: str | None = None
    voicemail: bool = False
    disconnection_reason: str | None = None
    transferred_to: str | None = None
    timed: bool = False

    @property
    def answered(self) -> bool:
        """Somebody or a machine was on the line, so there is something to analyse."""
        return self.conversation is not None


def transcript_lines(turns: list[tuple[str, str]]) -> str:
    """One line per turn, "Agent: " or "User: " before it."""
    return "\n".join([f"Agent: {text}" if role == "agent" else f"User: {text}" for role, text in turns])
