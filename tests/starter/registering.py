"""Somebody who keeps the registry by the API, and what tests look at of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from models.contracts.status import StatusReport
from tests.serving import Server

WHY = {"reason": "A test."}


class Desk:
    """Somebody who keeps the registry by the API."""

    def __init__(self, server: Server, who: str = "administrator") -> None:
        self.server = server
        self.who = who

    async def ask(self, method: str, path: str, json: object = None, version: str | None = None, **query: Any) -> Any:
        headers = {} if version is None else {"If-Match": version}
        return await self.server.ask(self.who, method, f"/registry{path}", json=json, headers=headers, **query)

    async def add(self, kind: str, /, **said: object) -> dict[str, Any]:
        answer = await self.ask("POST", f"/{kind}", said)
        assert answer.status_code == 201, answer.text
        return {**answer.json(), "version": answer.headers["ETag"]}

    async def read(self, kind: str, reference: str) -> dict[str, Any]:
        answer = await self.ask("GET", f"/{kind}/{reference}")
        assert answer.status_code == 200, answer.text
        return {**answer.json(), "version": answer.headers["ETag"]}

    async def change(self, kind: str, row: dict[str, Any], /, **said: object) -> Any:
        return await self.ask("PATCH", f"/{kind}/{row['id']}", {**WHY, **said}, version=row["version"])

    async def do(self, kind: str, row: dict[str, Any], doing: str) -> Any:
        return await self.ask("POST", f"/{kind}/{row['id']}/{doing}", WHY, version=row["version"])

    async def history(self, kind: str, row: dict[str, Any]) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = (await self.ask("GET", f"/{kind}/{row['id']}/history")).json()["entries"]
        return entries

    async def place(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """A customer of one's own, and a site of it."""
        customer = await self.add("customers", code=f"C{uuid4().hex[:8].upper()}", name="Lakeside Hospital")
        site = await self.add(
            "sites", customer=customer["code"], code="ICU", name="Intensive care", time_zone="Europe/Berlin"
        )
        return customer, site

    async def unit(self, site: dict[str, Any], **said: object) -> dict[str, Any]:
        return await self.add("units", **{**unit_at(site), **said})


def unit_at(site: dict[str, Any]) -> dict[str, Any]:
    """What is said of a new unit."""
    return {
        "serial": f"SN-{uuid4().hex[:10].upper()}",
        "equipment_type": "ventilator",
        "manufacturer": "HAMILTON",
        "model": "HAMILTON-C6",
        "customer": site["customer"],
        "site": site["code"],
        "installed_context": "icu",
        "installed_on": "2026-03-02",
    }


def due(report: StatusReport) -> list[tuple[object, ...]]:
    """When the clocks of a ticket are due."""
    return [(one.name, one.target, one.due_at) for one in report.clocks]
