"""`/webhooks`: which other houses are told of events, what was sent, and sending it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from models.vocabulary.webhooks import DeliveryState, WebhookKind, WhyDisabled
from starter.api.cursors import cursor_of, value_of
from starter.api.problems import problems
from starter.api.tickets import LONGEST_PAGE, Asked
from starter.web.asking import Asking
from starter.webhooks import managing
from starter.webhooks.managing import Hand

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

Name = Annotated[str, Path(max_length=63, min_length=1, description="Name of the webhook.")]
UNKNOWN = problems(HTTPStatus.NOT_FOUND)


class NewWebhook(BaseModel):
    """An address that is to be told of events."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "clinic-erp", "url": "https://erp.example.org/hooks/fieldcare", "account": "clinic"}]
        },
    )

    name: Annotated[str, Field(min_length=1, max_length=63)]
    url: Annotated[str, Field(min_length=1, max_length=2000)]
    account: Annotated[
        str, Field(min_length=1, max_length=200, description="It is told of the tickets that this account may see.")
    ]
    events: list[WebhookKind] = Field(default=[], max_length=len(WebhookKind), description="None: all of them.")


class Secret(BaseModel):
    """What deliveries are verified with. It is shown this once."""

    name: str
    secret: str


class Rotation(BaseModel):
    """For how long the secret of before signs as well."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"overlap": 86400}]})

    overlap: Annotated[float, Field(ge=0, le=30 * 86400, description="Seconds.")] = 86400


class Replay(BaseModel):
    """What is to be sent again: one delivery, or those that were made in a time."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"since": "2026-11-01T00:00:00Z"}]})

    delivery: Annotated[str | None, Field(max_length=100)] = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Changed(BaseModel):
    """How much was changed: 0, it was so already."""

    name: str
    changed: int


class WebhookOut(BaseModel):
    """An endpoint, and what is on its way there."""

    name: str
    url: str
    account: str
    events: list[WebhookKind]
    disabled_at: datetime | None
    disabled_because: WhyDisabled | None
    created_at: datetime
    pending: int
    oldest_pending: datetime | None
    delivered: int
    failed: int
    last_delivered_at: datetime | None


class WebhookList(BaseModel):
    """The endpoints by their names."""

    webhooks: list[WebhookOut]


class AttemptOut(BaseModel):
    """How a try went."""

    at: datetime
    took: float
    status: int | None
    error: str
    answer: str = Field(description="The first kilobyte of it.")


class DeliveryOut(BaseModel):
    """An event for an endpoint, with every try."""

    id: str = Field(description="`webhook-id`.")
    number: str
    sequence: int
    kind: WebhookKind
    state: DeliveryState
    created_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    attempts: list[AttemptOut]


class DeliveryList(BaseModel):
    """A page of deliveries, newest first."""

    deliveries: list[DeliveryOut]
    next: str | None


@router.get("", summary="List webhooks", response_model=WebhookList, responses=problems())
async def list_webhooks(asked: Asked) -> WebhookList:
    """Who is told of events. Secrets are never shown again."""
    return WebhookList(
        webhooks=[WebhookOut.model_validate(row) for row in await managing.list_webhooks(asked.database)]
    )


@router.post(
    "",
    summary="Add a webhook",
    status_code=HTTPStatus.CREATED,
    response_model=Secret,
    responses=problems(),
)
async def add(asked: Asked, body: NewWebhook) -> Secret:
    """From now on an address is told of events. Keep the secret: it is shown this once."""
    settings, kinds = asked.engines.settings, body.events
    secret = await managing.add(_hand(asked), settings, body.name, body.url, account=body.account, kinds=kinds)
    return _shown(body.name, secret)


@router.post("/{name}/disable", summary="Disable a webhook", response_model=Changed, responses=UNKNOWN)
async def disable(asked: Asked, name: Name) -> Changed:
    """Nothing is sent any more. What is on its way waits."""
    return Changed(name=name, changed=await managing.put_in_use(_hand(asked), name, False))


@router.post("/{name}/enable", summary="Enable a webhook", response_model=Changed, responses=UNKNOWN)
async def enable(asked: Asked, name: Name) -> Changed:
    """What was on its way goes on, and what comes from now on is told."""
    return Changed(name=name, changed=await managing.put_in_use(_hand(asked), name, True))


@router.post("/{name}/rotate", summary="Give a webhook another secret", response_model=Secret, responses=UNKNOWN)
async def rotate(asked: Asked, name: Name, body: Rotation) -> Secret:
    """Both sign until the overlap is over. Keep the secret: it is shown this once."""
    return _shown(name, await managing.rotate(_hand(asked), name, timedelta(seconds=body.overlap)))


@router.post("/{name}/replay", summary="Send events again", response_model=Changed, responses=UNKNOWN)
async def replay(asked: Asked, name: Name, body: Replay) -> Changed:
    """Under the ids that they had. What is still on its way is left alone."""
    found = await managing.replay(_hand(asked), name, body.delivery, body.since, body.until)
    return Changed(name=name, changed=found)


@router.get(
    "/{name}/deliveries", summary="What was sent, and how that went", response_model=DeliveryList, responses=UNKNOWN
)
async def deliveries(
    asked: Asked,
    name: Name,
    *,
    state: Annotated[DeliveryState | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
) -> DeliveryList:
    """Newest first, with every try."""
    found = await managing.read_log(asked.database, name, state, limit, value_of(cursor))
    following = found[-1]["id"] if len(found) == limit else None
    return DeliveryList(deliveries=[DeliveryOut.model_validate(row) for row in found], next=cursor_of(following))


def _hand(asked: Asking) -> Hand:
    return Hand(asked.database, token=asked.token)


def _shown(name: str, secret: SecretStr) -> Secret:
    return Secret(name=name, secret=secret.get_secret_value())
