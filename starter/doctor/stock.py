"""Whether stock is what its movements make of it."""

from __future__ import annotations

from starter.doctor.examination import Opinion, Patient, Problem

KINDS = {
    "balance": "{part} at {place}: {found} by its balance, {expected} by its movements",
    "reserved": "{part} at {place}: {found} kept by its balance, {expected} by its reservations",
    "total": "{part}: {found} by the catalog, {expected} by its places",
    "orphan": "{part}: {found} are kept for {place}, which has ended",
}


async def check_stock(patient: Patient) -> Opinion:
    """Movements add up to balances, balances to the catalog, reservations to what is kept; none outlives its ticket."""
    rows = await patient.connection.fetch("SELECT * FROM find_stock_breaks() LIMIT 100")
    moved = await patient.connection.fetchval("SELECT count(*) FROM stock_movements")
    problems = [
        Problem(
            KINDS[row["kind"]].format(
                part=row["part_number"], place=row["place"], found=row["found"], expected=row["expected"]
            ),
            "somebody wrote it by hand: look at the audit trail, and put it back",
        )
        for row in rows
    ]
    return Opinion(f"{moved} movements", problems)
