"""Four eyes: what somebody approves of a ticket, so that somebody else may do it once."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus

from fastapi import APIRouter, Request

from starter.accounts import approving
from starter.api.problems import problems
from starter.api.shapes_signing import ApprovalGiven, ApprovalList, ApprovalOut, NewApproval
from starter.api.tickets import Asked, Reference, limit_ticket

router = APIRouter(prefix="/tickets/{reference}/approvals", tags=["approvals"])

UNKNOWN = problems(HTTPStatus.NOT_FOUND)


@router.post(
    "", summary="Approve a hold", status_code=HTTPStatus.CREATED, response_model=ApprovalGiven, responses=UNKNOWN
)
async def approve(request: Request, asked: Asked, reference: Reference, body: NewApproval) -> ApprovalGiven:
    """Somebody else may put the ticket on hold for that reason, once. Given again, it is another approval."""
    await limit_ticket(request, asked, reference)
    given = await approving.approve_hold(
        asked.database, reference, body.hold_reason, remark=body.remark, lasts=body.lasts
    )
    return ApprovalGiven(hold_reason=given.reason, approved_by=given.by, expires_at=given.expires_at)


@router.get("", summary="What was approved", response_model=ApprovalList, responses=UNKNOWN)
async def list_approvals(asked: Asked, reference: Reference) -> ApprovalList:
    """Newest first: by whom, until when, and who has made use of it."""
    found = await approving.list_approvals(asked.database, reference)
    return ApprovalList(approvals=[ApprovalOut.model_validate(asdict(one)) for one in found])
