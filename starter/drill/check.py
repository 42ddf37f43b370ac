"""Checks the database against what was acknowledged: nothing lost, nothing doubled, nothing unfinished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text

from models.database import Database
from starter.drill.account import Account
from starter.drill.plan import DrillPlan
from starter.drill.recommended import recommended_in_vain, recommended_twice

_TICKETS = text(
    """
    SELECT t.idempotency_key AS key, t.id, t.number, t.status, t.last_sequence, t.description,
        i.status AS instance_status, i.completion_percentage, cardinality(i.current_stages) AS current_stages,
        (SELECT count(*) FROM audit_events AS a WHERE a.subject_id = t.id) AS entries,
        (SELECT count(DISTINCT a.sequence) FROM audit_events AS a
         WHERE a.subject_id = t.id AND a.sequence BETWEEN 0 AND t.last_sequence) AS sequences,
        (SELECT count(*) FROM audit_events AS a WHERE a.subject_id = t.id AND a.action = 'clock_moved') AS clock_facts,
        (SELECT count(*) FROM audit_events AS a
         WHERE a.subject_id = t.id AND a.action = 'notification_raised') AS notification_facts,
        (SELECT count(*) FROM sla_events AS e WHERE e.ticket_id = t.id) AS clock_events,
        (SELECT count(*) FROM notifications AS n WHERE n.ticket_id = t.id) AS notifications,
        (SELECT count(*) FROM sla_clocks AS c WHERE c.ticket_id = t.id) AS clocks,
        2 + (i.template_snapshot @@ '$.arrival_target != null && exists($.stages[*] ? (@.on_site == true))')::integer
            AS ticket_clocks,
        (SELECT count(*) FROM sla_clocks AS c
         WHERE c.ticket_id = t.id AND (c.ended_at IS NULL OR c.state IN ('running', 'paused'))) AS open_clocks,
        v.visits, v.completed, v.distinct_stages, v.executions, v.assignments, v.open_assignments
    FROM service_tickets AS t
    LEFT JOIN ticket_workflow_instances AS i ON i.ticket_id = t.id
    LEFT JOIN LATERAL (
        SELECT count(*) AS visits,
            count(*) FILTER (WHERE s.status = 'completed') AS completed,
            count(DISTINCT s.stage_key) AS distinct_stages,
            sum((SELECT count(*) FROM stage_execution_data AS x WHERE x.transition_id = s.id)) AS executions,
            sum((SELECT count(*) FROM stage_assignments AS g WHERE g.transition_id = s.id)) AS assignments,
            sum((SELECT count(*) FROM stage_assignments AS g
                 WHERE g.transition_id = s.id AND g.status = 'active')) AS open_assignments
        FROM workflow_stage_transitions AS s
        WHERE s.instance_id = i.id
    ) AS v ON true
    WHERE t.idempotency_key LIKE :prefix OR t.description LIKE :description
    """
)
# The end of a hold is a fact for each of its reasons: told twice is what is told twice of the same one.
_COMMANDS = text(
    """
    SELECT told.command_id, told.action, max(told.times) AS times, min(told.since) AS since
    FROM (
        SELECT a.command_id, a.action, count(*) AS times, extract(epoch FROM min(a.occurred_at))::float8 AS since
        FROM audit_events AS a
        JOIN service_tickets AS t ON t.id = a.subject_id
        WHERE (t.idempotency_key LIKE :prefix OR t.description LIKE :description) AND a.command_id IS NOT NULL
        GROUP BY a.command_id, a.action, a.new_value ->> 'hold_reason'
    ) AS told
    GROUP BY told.command_id, told.action
    """
)
_TRACKED = text("SELECT current_setting('track_commit_timestamp') = 'on', clock_timestamp()")
_VISIBLE = """
    SELECT a.command_id, {instant} AS visible_at
    FROM audit_events AS a
    JOIN service_tickets AS t ON t.id = a.subject_id
    WHERE t.idempotency_key LIKE :prefix AND a.action = 'stages_moved' AND a.command_id IS NOT NULL
"""
# An audit row is never updated, so the transaction that made it is the one whose commit made it visible.
_VISIBLE_AT_COMMIT = text(_VISIBLE.format(instant="pg_xact_commit_timestamp(a.xmin)"))
_VISIBLE_AT_WRITE = text(_VISIBLE.format(instant="a.recorded_at"))


@dataclass(slots=True)
class Findings:
    """What is wrong, each as a sentence; all empty when everything is right."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    told_wrongly: list[str] = field(default_factory=list)
    """Refused, as people were told, and applied all the same."""


async def check_tickets(plan: DrillPlan, account: Account, database: Database) -> Findings:
    """Compare every acknowledgement in the account with the rows of this drill."""
    like = {"prefix": f"{plan.key_prefix}%", "description": f"Drill {plan.run}, ticket %"}
    async with database.session() as session:
        connection = await session.connection()
        rows = [dict(row) for row in (await connection.execute(_TICKETS, like)).mappings()]
        told = (await connection.execute(_COMMANDS, like)).all()
        twice = await recommended_twice(connection, like["prefix"])
        in_vain = await recommended_in_vain(connection, like["prefix"])
    findings = Findings(lost=in_vain, duplicated=twice)
    _check_presence(account, rows, findings)
    _check_commands(account, {(row.command_id, row.action): (row.times, row.since) for row in told}, findings)
    by_key = {row["key"]: row for row in rows}
    for key, stages in account.stages.items():
        if key not in account.over:
            findings.unfinished.append(f"{key}: its workflow has not ended as closed")
        if key in by_key:
            _check_story(by_key[key], findings)
            if key in account.closed and plan.seed is None:  # with a seed, a ticket is as its story says
                _check_whole(by_key[key], stages, findings)
    return findings


def _check_presence(account: Account, rows: list[dict[str, Any]], findings: Findings) -> None:
    """Every acknowledged ticket once, under the number that was acknowledged, and no other that says the same."""
    seen: dict[str, str] = {}
    by_key = {row["key"]: row for row in rows}
    for one in rows:
        if (other := seen.setdefault(one["description"], one["number"])) != one["number"]:
            findings.duplicated.append(f"{one['number']} and {other} are the same report: {one['description']}")
    for key, opened in account.opened.items():
        row = by_key.get(key)
        if row is None:
            findings.lost.append(f"{key}: ticket {opened.number} was acknowledged and is not in the database")
        elif row["id"] != opened.ticket_id or row["number"] != opened.number:
            findings.duplicated.append(f"{key}: acknowledged as {opened.number}, stored as {row['number']}")


def _check_commands(account: Account, applied: dict[tuple[str, str], tuple[int, float]], findings: Findings) -> None:
    """Every acknowledged command left its fact exactly once; one that was not acknowledged, at most once.

    Args:
        applied: how often, and since when (epoch seconds), a command's fact is on record.

    While a ticket runs, its workflow may hold what the database does not have yet: that is unfinished, not lost.
    """
    for sent in account.commands.values():
        times, since = applied.get((sent.command_id, sent.action), (0, 0.0))
        refusals, _ = applied.get((sent.command_id, "command_refused"), (0, 0.0))
        if times > 1:
            findings.duplicated.append(f"{sent.command_id} was applied {times} times")
        elif refusals > sent.misused + (times == 0):
            findings.duplicated.append(f"{sent.command_id} was applied {times} times and refused {refusals} times")
        elif sent.acknowledged and times == 0 and sent.key in account.over:
            findings.lost.append(f"{sent.command_id} was acknowledged and is not in the audit trail")
        elif sent.signalled and times == refusals == 0 and sent.key in account.over:
            findings.lost.append(f"{sent.command_id} was signalled and is not in the audit trail")
        if times and sent.refused is not None:
            findings.told_wrongly.append(f"{sent.command_id} was applied, and somebody was told: {sent.refused}")
        if times and sent.told_ended_at is not None and since < sent.told_ended_at:
            findings.told_wrongly.append(f"{sent.command_id} was applied, and somebody was told later: it has ended")


def _check_story(row: dict[str, Any], findings: Findings) -> None:
    """A story without gaps, and every fact of it told once."""
    length = row["last_sequence"] + 1
    expected = {
        "entries": (length, "audit entries"),
        "sequences": (length, "sequence numbers without a gap"),
        "clock_events": (row["clock_facts"], "events of SLA clocks"),
        "notifications": (row["notification_facts"], "notifications"),
    }
    _compare(row, expected, findings)


def _check_whole(row: dict[str, Any], stages: int, findings: Findings) -> None:
    """A closed ticket in all its parts: stages, clocks, assignments."""
    findings.unfinished.extend(f"{row['key']}: {problem}" for problem in _unfinished(row, stages))
    expected = {
        "visits": (stages, "visits to stages"),
        "distinct_stages": (stages, "different stages"),
        "executions": (stages, "records of what was done"),
        "assignments": (stages, "assignments"),
        "clocks": (stages + (row["ticket_clocks"] or 2), "SLA clocks"),
    }
    _compare(row, expected, findings)


def _compare(row: dict[str, Any], expected: dict[str, tuple[int, str]], findings: Findings) -> None:
    for name, (wanted, words) in expected.items():
        found = row[name] or 0
        if found != wanted:
            kind = findings.lost if found < wanted else findings.duplicated
            kind.append(f"{row['key']}: {found} {words}, {wanted} were expected")


def _unfinished(row: dict[str, Any], stages: int) -> Iterator[str]:
    if row["status"] != "closed":
        yield f"its status is {row['status']}"
    if row["instance_status"] != "completed":
        yield f"its workflow instance is {row['instance_status']}"
    if row["current_stages"] or row["completion_percentage"] != 100:
        yield f"it stands at {row['completion_percentage']} %"
    if (row["completed"] or 0) < stages:
        yield f"{row['completed']} of {stages} stages are completed"
    if row["open_clocks"]:
        yield f"{row['open_clocks']} SLA clocks are still open"
    if row["open_assignments"]:
        yield f"{row['open_assignments']} assignments are still active"


async def visible_after(plan: DrillPlan, account: Account, database: Database) -> list[float]:
    """For each acknowledged completion: seconds from its first sending until its effect was visible in PostgreSQL.

    Both ends are wall-clock times; that of a database on another machine is corrected by the difference of the clocks
    as measured now. Without `track_commit_timestamp` the row's own time stands in for the commit's.
    """
    async with database.session() as session:
        connection = await session.connection()
        before = datetime.now().astimezone()
        tracked, there = (await connection.execute(_TRACKED)).one()
        after = datetime.now().astimezone()
        ahead = (there - before - (after - before) / 2).total_seconds() if not before <= there <= after else 0.0
        query = _VISIBLE_AT_COMMIT if tracked else _VISIBLE_AT_WRITE
        rows = await connection.execute(query, {"prefix": f"{plan.key_prefix}%"})
        visible = {row.command_id: row.visible_at.timestamp() - ahead for row in rows if row.visible_at is not None}
    return sorted(
        visible[sent.command_id] - sent.sent_at for sent in account.completions() if sent.command_id in visible
    )
