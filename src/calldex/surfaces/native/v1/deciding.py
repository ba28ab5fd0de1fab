"""Approving and rejecting calls that wait for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from calldex.actions.acting import act
from calldex.actions.answer_once import Answer
from calldex.actions.decide_call import approve, reject
from calldex.actions.writing import Intent
from calldex.core.drafts import RecordDraft
from calldex.surfaces.http import SurfaceContext
from calldex.surfaces.native.answering import actor_of, answered, begin, present, read_model
from calldex.surfaces.native.describing import body, key_header, operation, path_id
from calldex.surfaces.native.v1.bodies import Decision
from calldex.surfaces.native.v1.drafts import linked_draft
from calldex.surfaces.native.v1.words import SCOPE_APPROVE
from calldex.surfaces.native.v1.writing import call_id_of, show_written

if TYPE_CHECKING:
    from calldex.store.database import Session


Decide = Callable[[str, RecordDraft | None, str, datetime], Intent]


def add_routes(app: FastAPI, context: SurfaceContext) -> None:
    """Add the two decisions."""

    def deciding(decide: Decide, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request) -> Response:
            principal = await begin(context, request, SCOPE_APPROVE)
            given = await read_model(context, request, Decision, empty={})
            now = present()
            approver = linked_draft("user", given.approver, ("approver",))
            intent = decide(call_id_of(request), approver, str(principal.key_id), now)

            async def work(session: Session) -> Answer:
                written = await act(
                    session,
                    principal.organization_id,
                    context.forms,
                    intent,
                    actor_of(principal),
                    name,
                    now,
                    **({} if approver is None else {"approver": approver.id}),
                )
                return await show_written(context, request, session, principal, written)

            return await answered(context, request, principal, work)

        return handler

    for verb, name, description in (
        (approve, "approve", "The call is queued, and the approver and the time are kept."),
        (reject, "reject", "The call is canceled, and who decided and when are kept."),
    ):
        app.add_api_route(
            f"/v1/calls/{{id}}/{name}",
            deciding(verb, name),
            methods=["POST"],
            summary=f"{name.capitalize()} a call that waits for it",
            description=description,
            response_class=Response,
            operation_id=f"{name}_call",
            openapi_extra=operation(
                "Call",
                [path_id(), key_header()],
                "404",
                "409",
                scope=SCOPE_APPROVE,
                requestBody=body("Decision", required=False),
            ),
        )
