"""What programs are answered about whoever asks: logins, and what an account may act as."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from models.principals import Principal
from models.vocabulary.accounts import AccountRole, TokenScope
from starter.api.shapes import example


class GrantOut(BaseModel):
    """Something that an account may act as, and for whom."""

    role: AccountRole
    customer: str | None
    site: str | None
    manufacturer: str | None
    engineer: str | None


class Me(BaseModel):
    """Whoever asks."""

    code: str
    name: str
    authentication: str
    grants: list[GrantOut]
    scopes: list[TokenScope]

    @classmethod
    def of(cls, principal: Principal) -> Me:
        """As the API says it."""
        return cls(
            code=principal.code,
            name=principal.name,
            authentication=principal.authentication.value,
            grants=[
                GrantOut(
                    role=one.role,
                    customer=one.customer,
                    site=one.site,
                    manufacturer=one.manufacturer,
                    engineer=one.engineer,
                )
                for one in principal.grants
            ],
            scopes=sorted(principal.scopes),
        )


class Credentials(BaseModel):
    """Code and password of an account."""

    model_config = example(code="bea", password="several words make a good one")  # noqa: S106 - nobody's

    code: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=256)]
    device: Annotated[
        SecretStr | None,
        Field(
            max_length=100,
            description="Of the session before from there: then nobody waits for what strangers have tried.",
        ),
    ] = None


class NewPassword(Credentials):
    """The same, with the password that it is to have from now on. Its logins end."""

    model_config = example(
        code="bea",
        password="several words make a good one",  # noqa: S106 - nobody's
        new_password="other words make another",  # noqa: S106 - likewise
    )

    new_password: Annotated[SecretStr, Field(min_length=12, max_length=256)]


class Session(BaseModel):
    """A login: its token proves who asks until it expires or is given back."""

    token: str
    expires_at: datetime
    device: str = Field(description="To be shown with the next sign-in from there. It lets nobody in.")
    me: Me
