"""What programs say and are answered about accounts, as whoever administers them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from models.principals import Grant
from models.vocabulary.accounts import AccountEventKind, AccountRole, TokenKind, TokenScope
from starter.api.shapes import example

Code = Annotated[str, Field(min_length=1, max_length=100)]
Whose = Annotated[str | None, Field(max_length=100)]


class GrantIn(BaseModel):
    """Something that an account may act as: hospital, engineer and manufacturer each with whose it is, by code."""

    model_config = example(role="hospital", customer="AIIMS")

    role: AccountRole
    customer: Whose = None
    site: Whose = None
    manufacturer: Whose = None
    engineer: Whose = None

    def grant(self) -> Grant:
        """As the use cases take it."""
        return Grant(self.role, self.customer, self.site, self.manufacturer, self.engineer)


class NewAccount(BaseModel):
    """Somebody who is to come in."""

    model_config = example(code="nina", name="Nina Rao", grants=[{"role": "hospital", "customer": "AIIMS"}])

    code: Code
    name: Annotated[str, Field(min_length=1, max_length=200)]
    email: Annotated[str | None, Field(max_length=254)] = None
    grants: Annotated[list[GrantIn], Field(min_length=1, max_length=50)]


class AccountChange(BaseModel):
    """What is to be otherwise; what is left out stays. An empty address goes."""

    model_config = example(give=[{"role": "coordinator"}], take=[{"role": "hospital", "customer": "AIIMS"}])

    name: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    email: Annotated[str | None, Field(max_length=254)] = None
    give: Annotated[list[GrantIn], Field(max_length=50)] = []
    take: Annotated[list[GrantIn], Field(max_length=50)] = []


class AccountGrant(BaseModel):
    """Something that an account may act as, and for whom."""

    model_config = ConfigDict(from_attributes=True)

    role: AccountRole
    customer: str | None
    site: str | None
    manufacturer: str | None
    engineer: str | None


class AccountOut(BaseModel):
    """An account, and how it stands."""

    code: str
    name: str
    email: str | None
    grants: list[AccountGrant]
    created_at: datetime
    password_set_at: datetime | None
    disabled_at: datetime | None
    last_seen_at: datetime | None = Field(description="To about ten minutes; null: never.")
    tokens: int = Field(description="Personal tokens in force.")
    logins: int = Field(description="Logins in force.")


class AccountList(BaseModel):
    """A page of accounts, by their codes."""

    accounts: list[AccountOut]
    next: str | None


class AccountChanged(BaseModel):
    """How much was changed: 0, it was so already."""

    code: str
    changed: int


class IssuedLink(BaseModel):
    """A one-time link: whoever has it sets the account's password, at `/link` of the pages. It is shown this once."""

    secret: str
    expires_at: datetime


class TokenOut(BaseModel):
    """A personal token or a login, without its secret."""

    kind: TokenKind
    name: str
    scopes: list[TokenScope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenList(BaseModel):
    """Those of an account, newest first."""

    tokens: list[TokenOut]


class PasskeyOut(BaseModel):
    """A passkey, without anything that proves who has it."""

    name: str
    rp_id: str = Field(description="The host that it is for.")
    created_at: datetime
    last_used_at: datetime | None


class PasskeyList(BaseModel):
    """Those of an account, by their names."""

    passkeys: list[PasskeyOut]


class AccountEventOut(BaseModel):
    """Something that has become of an account."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    at: datetime
    by: str
    kind: AccountEventKind
    of: str = Field(description="Of which role, token or the like; empty where there is nothing to name.")


class AccountHistory(BaseModel):
    """A page of it, newest first."""

    events: list[AccountEventOut]
    next: str | None


class LoginsEnded(BaseModel):
    """How many logins have ended."""

    ended: int


class IdentityIn(BaseModel):
    """Whom an account is to be linked to: by the subject, or by an address that the provider has verified."""

    model_config = example(email="nina@example.org")

    subject: Annotated[str | None, Field(min_length=1, max_length=255)] = None
    email: Annotated[str | None, Field(min_length=3, max_length=254)] = None


class IdentityOut(BaseModel):
    """Somebody at an OpenID Connect provider; the subject null: nobody has come yet with that address."""

    issuer: str
    subject: str | None
    email: str | None
    created_at: datetime
    last_used_at: datetime | None


class IdentityList(BaseModel):
    """To whom an account is linked."""

    identities: list[IdentityOut]


class Removed(BaseModel):
    """Whether there was anything to remove."""

    removed: bool
