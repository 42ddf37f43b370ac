"""The tables: their columns, constraints, indexes and triggers as the revisions made them."""

from __future__ import annotations

from migrations.runner import current
from migrations.shape import Misshape, Part, read_shape
from starter.doctor.examination import MIGRATE, Opinion, Patient, Problem, Verdict

TOLD = 10
"""Differences that have a line each; a table that somebody rebuilt would have dozens."""


async def check_tables(patient: Patient) -> Opinion:
    """Whether every table is as the revisions made it, and every trigger that guards it is there."""
    state = await current(patient.url)
    if state.revision != state.head:
        return Opinion("", [Problem("not compared: the database lacks revisions", MIGRATE)])
    shape = await read_shape(patient.connection)
    problems = [
        *(Problem(f"{part} is missing", _make(part, shape)) for part in shape.missing),
        *(Problem(f"{part} is not as it was made", _remake(part, shape)) for part in shape.changed),
        *(_stranger(part) for part in shape.unknown),
    ]
    if len(problems) > TOLD:
        more = Problem(f"{len(problems) - TOLD} more differences", "mend these, then ask again")
        problems = [*problems[:TOLD], more]
    return Opinion(f"{shape.compared:,} columns, constraints, indexes and triggers as made", problems)


def _make(part: Part, shape: Misshape) -> str:
    """The statement that makes a missing part; what was in a table or column comes from a backup alone."""
    match part.kind:
        case "table" | "column":
            return "restore it from a backup"
        case "constraint":
            return f"ALTER TABLE {part.relation} ADD CONSTRAINT {part.name} {shape.made[part]}"
    return shape.made[part]


def _remake(part: Part, shape: Misshape) -> str:
    match part.kind:
        case "column":
            return f"ALTER TABLE {part.relation}, so that it is {shape.made[part]} again"
        case "constraint":
            return (
                f"ALTER TABLE {part.relation} DROP CONSTRAINT {part.name}, ADD CONSTRAINT {part.name} "
                + (shape.made[part])
            )
        case "index":
            return f"DROP INDEX {part.name}, then {shape.made[part]}"
    return f"DROP TRIGGER {part.name} ON {part.relation}, then {shape.made[part]}"


def _stranger(part: Part) -> Problem:
    """An index of somebody's own costs time alone; anything else changes what the table takes."""
    if part.kind == "index":
        return Problem(f"{part} is not ours", "drop it, unless it is meant", Verdict.NOTE)
    return Problem(f"{part} is not ours", "drop it")
