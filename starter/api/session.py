"""`/session`, `/sessions`, `/me`, `/password`: coming in, who one is, going out."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from starter.accounts.entering import change_password, sign_in, sign_out, sign_out_everywhere
from starter.api.problems import problems
from starter.api.shapes_accounts import LoginsEnded
from starter.api.shapes_people import Credentials, Me, NewPassword, Session
from starter.api.tickets import Asked
from starter.web.asking import address_of, engines_of, limits_of

router = APIRouter(tags=["session"])


@router.post(
    "/session", summary="Sign in", status_code=HTTPStatus.CREATED, response_model=Session, responses=problems()
)
async def begin(request: Request, body: Credentials) -> Session:
    """A token for a password. Why it does not fit is not said; after a few tries the next one waits."""
    limits_of(request).strangers.take(address_of(request))
    engines = engines_of(request)
    login = await sign_in(engines.database, engines.settings, body.code, body.password)
    return Session(token=login.token.get_secret_value(), expires_at=login.expires_at, me=Me.of(login.principal))


@router.delete("/session", summary="Sign out", status_code=HTTPStatus.NO_CONTENT, responses=problems())
async def end(asked: Asked) -> Response:
    """The token by which this request comes is not in force any more."""
    await sign_out(asked.engines.database, asked.token)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.delete("/sessions", summary="Sign out everywhere", response_model=LoginsEnded, responses=problems())
async def end_all(asked: Asked) -> LoginsEnded:
    """Every login of the account ends, the one by which this request comes as well. It takes a login: personal tokens
    end nothing, and stay."""
    return LoginsEnded(ended=await sign_out_everywhere(asked.engines.database, asked.token))


@router.get("/me", summary="Who you are", response_model=Me, responses=problems())
async def me(asked: Asked) -> Me:
    """The account, what it may act as, and what the token is good for."""
    return Me.of(asked.principal)


@router.post("/password", summary="Change a password", status_code=HTTPStatus.NO_CONTENT, responses=problems())
async def password(request: Request, body: NewPassword) -> Response:
    """Whoever knows the password of an account gives it another. Its logins end, its personal tokens stay."""
    limits_of(request).strangers.take(address_of(request))
    engines = engines_of(request)
    await change_password(engines.database, engines.settings, body.code, body.password, body.new_password)
    return Response(status_code=HTTPStatus.NO_CONTENT)
