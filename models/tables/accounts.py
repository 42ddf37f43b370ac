"""Who may come in, as what, and by what they prove who they are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, LargeBinary, Text, UniqueConstraint, text

from models.tables.base import ChangingRow, Row, identifier, moment, of_type, one_of, reference, several, words
from models.vocabulary.accounts import AccountRole, LinkPurpose, TokenKind


class Account(ChangingRow, table=True):
    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("code"), Index("accounts_look", text("spelling_look(code)"), unique=True))

    code: str = words()
    name: str = words()
    email: str | None = words(nullable=True)
    password_set_at: datetime | None = moment(nullable=True)
    disabled_at: datetime | None = moment(nullable=True)


class AccountRoleRow(ChangingRow, table=True):
    """What an account may act as, and for whom."""

    __tablename__ = "account_roles"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "customer_id"], ["customer_sites.id", "customer_sites.customer_id"]),
        UniqueConstraint(
            "account_id",
            "role",
            "customer_id",
            "site_id",
            "manufacturer_id",
            "engineer_id",
            name="account_roles_once",
            postgresql_nulls_not_distinct=True,
        ),
        Index("account_roles_one_engineer", "engineer_id", unique=True),
    )

    account_id: UUID = reference("accounts.id", cascade=True)
    role: AccountRole = one_of(AccountRole)
    customer_id: UUID | None = reference("customers.id", nullable=True)
    site_id: UUID | None = identifier(nullable=True)
    manufacturer_id: UUID | None = reference("manufacturers.id", nullable=True)
    engineer_id: UUID | None = reference("engineers.id", nullable=True)


class AccountPassword(Row, table=True):
    """By what a password is known again. No role may read it."""

    __tablename__ = "account_passwords"
    __table_args__ = (UniqueConstraint("account_id"),)

    account_id: UUID = reference("accounts.id", cascade=True)
    salt: bytes = of_type(LargeBinary())
    memory_kib: int = of_type(Integer())
    passes: int = of_type(Integer())
    lanes: int = of_type(Integer())
    verifier: bytes = of_type(LargeBinary())


class AccountToken(ChangingRow, table=True):
    __tablename__ = "account_tokens"
    __table_args__ = (Index("account_tokens_of_account", "account_id"),)

    account_id: UUID = reference("accounts.id", cascade=True)
    kind: TokenKind = one_of(TokenKind)
    name: str = words()
    scopes: list[str] = several(Text())
    expires_at: datetime = moment()
    last_used_at: datetime | None = moment(nullable=True)
    revoked_at: datetime | None = moment(nullable=True)


class AccountLink(ChangingRow, table=True):
    """Who has it may do one thing, once."""

    __tablename__ = "account_links"
    __table_args__ = (Index("account_links_of_account", "account_id"),)

    account_id: UUID = reference("accounts.id", cascade=True)
    purpose: LinkPurpose = one_of(LinkPurpose)
    expires_at: datetime = moment()
    used_at: datetime | None = moment(nullable=True)


class AccountKey(Row, table=True):
    """By what a token or a link is known again. No role may read it."""

    __tablename__ = "account_keys"
    __table_args__ = (
        UniqueConstraint("token_id"),
        UniqueConstraint("link_id"),
        UniqueConstraint("digest"),
        UniqueConstraint("signing_link_id"),
    )

    token_id: UUID | None = reference("account_tokens.id", nullable=True, cascade=True)
    link_id: UUID | None = reference("account_links.id", nullable=True, cascade=True)
    signing_link_id: UUID | None = reference("signing_links.id", nullable=True, cascade=True)
    digest: bytes = of_type(LargeBinary())


class SignInTry(Row, table=True):
    """Passwords that were tried and did not fit, or not yet, by the code that was given, known or not."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (UniqueConstraint("code_digest"), Index("sign_in_tries_old", "failed_at"))

    code_digest: bytes = of_type(LargeBinary())
    failed: int = of_type(Integer())
    failed_at: datetime = moment()
    wait_until: datetime = moment()


class PasswordGuess(Row, table=True):
    """A password that is about to be tried, and is counted. No role may read it."""

    __tablename__ = "password_guesses"
    __table_args__ = (Index("password_guesses_guess", "guess"), Index("password_guesses_old", "told_at"))

    code_digest: bytes = of_type(LargeBinary())
    guess: bytes = of_type(LargeBinary())
    transaction: int = of_type(BigInteger())
    told_at: datetime = moment()


class AccountPasskey(ChangingRow, table=True):
    """A passkey. Its private key never leaves whoever has it."""

    __tablename__ = "account_passkeys"
    __table_args__ = (
        UniqueConstraint("credential_id"),
        UniqueConstraint("account_id", "name", name="account_passkeys_name_key"),
    )

    account_id: UUID = reference("accounts.id", cascade=True)
    name: str = words()
    credential_id: bytes = of_type(LargeBinary())
    rp_id: str = words()
    algorithm: int = of_type(Integer())
    key_first: bytes = of_type(LargeBinary())
    key_second: bytes = of_type(LargeBinary())
    sign_count: int = of_type(BigInteger())
    last_used_at: datetime | None = moment(nullable=True)


class PasskeyChallenge(Row, table=True):
    """What a passkey is asked to sign, once and soon. No role may read it."""

    __tablename__ = "passkey_challenges"
    __table_args__ = (
        UniqueConstraint("digest"),
        Index("passkey_challenges_old", "expires_at"),
        Index("passkey_challenges_of_account", "account_id"),
    )

    account_id: UUID | None = reference("accounts.id", nullable=True, cascade=True)
    digest: bytes = of_type(LargeBinary())
    expires_at: datetime = moment()


class AccountDevice(Row, table=True):
    """From where somebody has signed in. No role may read it."""

    __tablename__ = "account_devices"
    __table_args__ = (UniqueConstraint("account_id", "digest", name="account_devices_digest_key"),)

    account_id: UUID = reference("accounts.id", cascade=True)
    digest: bytes = of_type(LargeBinary())
    used_at: datetime = moment()


class AccountIdentity(ChangingRow, table=True):
    """To whom at an OpenID Connect provider an account is linked."""

    __tablename__ = "account_identities"
    __table_args__ = (
        UniqueConstraint("account_id", "issuer", name="account_identities_issuer_key"),
        UniqueConstraint("issuer", "subject", name="account_identities_subject_key"),
        Index("account_identities_email", "issuer", "email", unique=True, postgresql_where=text("subject IS NULL")),
    )

    account_id: UUID = reference("accounts.id", cascade=True)
    issuer: str = words()
    subject: str | None = words(nullable=True)
    email: str | None = words(nullable=True)
    last_used_at: datetime | None = moment(nullable=True)


class IdentityState(Row, table=True):
    """What who is at a provider to sign in comes back with. No role may read it."""

    __tablename__ = "identity_states"
    __table_args__ = (UniqueConstraint("digest"), Index("identity_states_old", "expires_at"))

    digest: bytes = of_type(LargeBinary())
    expires_at: datetime = moment()
