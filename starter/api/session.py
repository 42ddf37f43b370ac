"""`/session`, `/sessions`, `/me`, `/password`, `/passkeys`: coming in, who one is, going out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from starter.accounts.entering import change_password, sign_in, sign_out, sign_out_everywhere
from starter.accounts.passkeys import list_passkeys, remove_own_passkey
from starter.api.problems import problems
from starter.api.shapes_accounts import LoginsEnded, PasskeyList, PasskeyOut, Removed
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
    login = await sign_in(engines.database, engines.settings, body.code, body.password, device=body.device)
    return Session(
        token=login.token.get_secret_value(),
        expires_at=login.expires_at,
        device=login.device.get_secret_value(),
        me=Me.of(login.principal),
    )


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


@router.get("/passkeys", summary="List your passkeys", response_model=PasskeyList, responses=problems())
async def own_passkeys(asked: Asked) -> PasskeyList:
    """By their names. They are added on the page of one's account: it takes a browser."""
    rows = await list_passkeys(asked.database, asked.principal.code)
    return PasskeyList(passkeys=[PasskeyOut.model_validate(row) for row in rows])


@router.delete("/passkeys/{name}", summary="Remove a passkey", response_model=Removed, responses=problems())
async def remove_passkey(
    asked: Asked, name: Annotated[str, Path(max_length=100, min_length=1, description="Its name.")]
) -> Removed:
    """Nobody comes in by it any more. It takes a login: personal tokens remove nothing."""
    return Removed(removed=await remove_own_passkey(asked.engines.database, asked.token, name))


@router.get("/me", summary="Who you are", response_model=Me, responses=problems())
async def me(asked: Asked) -> Me:
    """The account, what it may act as, and what the token is good for."""
    return Me.of(asked.principal)


@router.post("/password", summary="Change a password", status_code=HTTPStatus.NO_CONTENT, responses=problems())
async def password(request: Request, body: NewPassword) -> Response:
    """Whoever knows the password of an account gives it another. Its logins end, its personal tokens stay."""
    limits_of(request).strangers.take(address_of(request))
    engines = engines_of(request)
    await change_password(
        engines.database, engines.settings, body.code, body.password, body.new_password, device=body.device
    )
    return Response(status_code=HTTPStatus.NO_CONTENT)
