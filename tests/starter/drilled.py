"""A drill that was driven, the means to look at it again, and to change what it has left."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from temporalio.client import Client

from models.database import Database
from starter.drill import DrillPlan
from starter.drill.account import Account
from starter.drill.check import check_tickets, visible_after
from starter.drill.examine import examine
from starter.drill.report import DrillReport, Outcome, make_report
from tests.field import Field


class Drilled:
    """A drill that was driven on the session's service, and the means to look at it again."""

    def __init__(self, plan: DrillPlan, account: Account, client: Client, database: Database) -> None:
        self.plan = plan
        self.client = client
        self.account = account
        self.database = database

    async def report(self) -> DrillReport:
        return make_report(self.plan, self.account, await self.outcome(), seconds=1.0)

    async def outcome(self) -> Outcome:
        examined = await examine(self.plan, self.account, self.client, self.database)
        findings = await check_tickets(self.plan, self.account, self.database)
        return Outcome(findings, examined, await visible_after(self.plan, self.account, self.database))


async def tamper(field: Field, statement: str, **values: Any) -> None:
    """Change rows behind the program's back; triggers and constraints that would refuse are off meanwhile."""
    async with field.owner.session() as session:
        connection = await session.connection()
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(statement), values)
