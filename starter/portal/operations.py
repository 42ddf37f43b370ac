"""`/operations`: whether everything runs, which tickets don't go on, how AI is; with ways into the Temporal UI."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute

from models.access import Action
from models.contracts.reconciliation import SENTENCES, FindingKind
from models.settings import Settings
from starter.accounts.gate import check
from starter.embedded.record import read_addresses
from starter.failures import Told
from starter.portal.pages import page
from starter.portal.routes import looked_at
from starter.portal.visitors import Visitor
from starter.providers import list_providers
from starter.reading import health


async def operations(visitor: Visitor) -> Response:
    """How everything is, now."""
    asking = visitor.known()
    check(asking.database, Action.OPERATE)
    settings = asking.engines.settings
    seen = await health.ticket_health(settings)
    known = None if isinstance(seen, Told) else seen
    providers = await list_providers(asking.database, settings)
    counts = [] if known is None else [(SENTENCES[FindingKind(kind)], n) for kind, n in known.counts().items() if n]
    return page(
        visitor,
        "operations.html",
        seen=known,
        counts=counts,
        findings=[] if known is None else known.findings[: health.NAMED],
        providers=providers,
        workflow_url=_workflow_url(settings),
        ui=temporal_ui(settings),
    )


def temporal_ui(settings: Settings) -> str | None:
    """Where operators look into Temporal; None: nobody has said, and it is not the home's."""
    if settings.temporal_ui is not None:
        return settings.temporal_ui.rstrip("/")
    addresses = read_addresses(settings.home)
    return addresses.temporal_ui.rstrip("/") if addresses is not None and addresses.temporal_ui else None


def _workflow_url(settings: Settings) -> str | None:
    """The beginning of a workflow's address there."""
    ui = temporal_ui(settings)
    return None if ui is None else f"{ui}/namespaces/{quote(settings.temporal_ui_namespace)}/workflows/"


ROUTES: tuple[BaseRoute, ...] = (looked_at("/operations", operations),)
