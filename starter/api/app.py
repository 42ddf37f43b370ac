"""The application that answers programs."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute

from starter.api import (
    accounts,
    administering,
    approvals,
    codec,
    commands,
    engineers,
    events,
    health,
    offers,
    registry,
    session,
    signing,
    stock,
    tickets,
    webhooks,
)
from starter.api.problems import Problem, answer_with_problems
from starter.web.engines import Engines
from starter.web.limits import Limits
from starter.web.streams import Pace

PREFIX = "/api/v1"

ABOUT = """
Everything that is done with tickets, for programs.

**Who asks** is said by a token in the header `Authorization: Bearer fc_…`: of a login (`POST /session`) or a personal
one (`fieldcare user token`). What an account may do is in docs/access.md; what it may not see is not there.

**Sent again** with the same header `Idempotency-Key`, whatever is done is done once and answered again.

**What goes wrong** is a problem (RFC 9457) with a `code` that never changes. 503 and 504 say when to try again; after a
504 nobody knows yet whether it was done: send it again with the same key.
"""


PARTS = (
    session,
    tickets,
    commands,
    offers,
    signing,
    approvals,
    events,
    engineers,
    registry,
    administering,
    stock,
    accounts,
    webhooks,
    codec,
    health,
)


def routes() -> list[APIRoute]:
    """Every operation."""
    return [one for part in PARTS for one in part.router.routes if isinstance(one, APIRoute)]


def make_api(engines: Engines, pace: Pace = Pace()) -> FastAPI:
    """The application, on engines that whoever calls this closes."""
    app = FastAPI(
        title="Fieldcare",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        servers=[{"url": PREFIX}],
    )
    app.state.engines = engines
    app.state.limits = Limits.of(engines.settings)
    app.state.pace = pace
    answer_with_problems(app, routes())
    for part in PARTS:
        app.include_router(part.router)
    _describe(app)
    if (ui := engines.settings.temporal_ui_origin) is not None:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[ui],
            allow_methods=["POST"],
            allow_headers=["Authorization", "Content-Type", "X-Namespace"],
        )
    return app


def _describe(app: FastAPI) -> None:
    """Say in the description how one shows who asks, and what a problem looks like."""
    described = app.openapi

    def openapi() -> dict[str, object]:
        if app.openapi_schema is None:
            schema = described()
            components = schema.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema(
                ref_template="#/components/schemas/{model}"
            )
            for name, one in components["schemas"]["Problem"].pop("$defs", {}).items():
                components["schemas"].setdefault(name, one)
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            for path, operations in schema["paths"].items():
                for operation in operations.values():
                    if "422" in operation.get("responses", {}) and path not in OPEN:
                        operation["security"] = [{"token": []}]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


OPEN = frozenset({"/password", "/signing-link/to-sign", "/signing-link/sign", "/health/live", "/health/ready"})
"""Paths that nobody has to say anything for; `/session` is where one begins, and a signing link is its own key."""
