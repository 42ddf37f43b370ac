"""`python -m bench.training`: what `fieldcare ai train` learns, and how long it takes on many tickets, on this machine.

`orders FILE --label COLUMN`: on labelled work orders with dates that somebody else wrote (../shared/data's excavators).
No knowledge base is for those, so a poor one is made: a fault for each of the commonest labels, with the label's own
words as its symptoms; every other label is a cause that no entry knows. Then as the command does it: the oldest three
fifths are counted, the next fifth tuned to, the newest judged. There are no precedents in that.

`size N`: a throwaway database is filled with N closed tickets, made from `tests/activities/diagnosis_cases.toml` with
words left out and filler put in, and the command itself is timed, with the memory that it took.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from activities.ai.local.faults import Fault, KnowledgeBase, load_knowledge
from activities.ai.local.fitting import read_cases
from activities.ai.local.model import shipped_model
from activities.ai.local.training.judging import Scores
from activities.ai.local.training.training import Training
from bench.calibrate import CASES
from bench.databases import make_database
from bench.lessons import FILLER, lesson
from bench.similar import COLUMNS, START, put_down_units
from bench.volume import SEARCHED
from migrations.runner import migrate, seed
from models.settings import Settings
from models.vocabulary.ai import IssueCategory, Severity
from models.vocabulary.people import SupportLevel
from starter.embedded import throwaway_stack

KIND = "excavator"


def learn_orders(file: Path, label: str, faults: int) -> None:
    with file.open(encoding="utf-8", newline="") as lines:
        orders = [one for one in csv.DictReader(lines) if one[label].strip() and one["short_text"].strip()]
    orders.sort(key=lambda one: one["date"])
    known = {name: _fault(place, name) for place, name in enumerate(_commonest(orders, label, faults))}
    training = Training(KnowledgeBase({KIND: tuple(known.values())}, {}), (), shipped_model(), shipped_model())
    for place, one in enumerate(orders):
        cause = known[one[label]].cause if one[label] in known else f"other {one[label]}"
        row = lesson(one["short_text"], cause, None, KIND)
        (training.count, training.count, training.count, training.tune, training.judge)[5 * place // len(orders)](row)
    found = training.ended()
    print("| model | likeliest is right | answered | right, of them | Brier | of all | calibration | log loss |")
    print("|---|---|---|---|---|---|---|---|")
    print(_row("shipped", found.before))
    print(_row("trained", found.after))
    print(f"\n{found.verdict.because}")


def _commonest(orders: list[dict[str, str]], label: str, count: int) -> list[str]:
    return [name for name, _ in Counter(one[label] for one in orders).most_common(count)]


def _fault(place: int, name: str) -> Fault:
    words = " ".join(re.findall(r"[a-z]+", name.lower()))
    return Fault(
        id=f"fault-{place}",
        cause=f"{words} failed",
        symptoms=(words, f"{words} failed", f"{words} broken"),
        checks=("Look at it",),
        code="A0908",
        category=IssueCategory.MECHANICAL,
        severity=Severity.MEDIUM,
        level=SupportLevel.L2,
    )


def _row(name: str, one: Scores) -> str:
    right = one.right / one.answered if one.answered else 0
    return (
        f"| {name} | {one.accuracy:.1%} | {one.answered} of {one.cases} | {right:.1%} | {one.brier:.3f} "
        f"| {one.brier_of_all:.3f} | {one.calibration_error:.3f} | {one.log_loss:.3f} |"
    )


def made_up(count: int) -> Iterator[dict[str, Any]]:
    """Tickets of an installation with faults of skewed frequency; one in twelve has a cause that no entry knows."""
    chance = random.Random(1)
    fitted, held_back = read_cases(CASES)
    texts: dict[tuple[str, str | None], list[str]] = {}
    for one in (*fitted, *held_back):
        texts.setdefault((one.case.equipment_type, one.fault), []).append(one.case.description)
    types = load_knowledge().faults
    for _ in range(count):
        equipment_type = chance.choice(list(types))
        faults = types[equipment_type]
        fault = chance.choices(faults, [1 / (1 + rank) for rank in range(len(faults))])[0]
        known = chance.random() > 1 / 12
        text = chance.choice(texts[equipment_type, fault.id if known else None])
        words = [word for word in text.split() if chance.random() > 0.3] + chance.sample(FILLER, chance.randrange(4))
        cause, code = (fault.cause, fault.code) if known else ("Something that nobody has listed", None)
        yield lesson(" ".join(words) or "broken", cause, code, equipment_type)


async def fill(url: str, count: int) -> None:
    await migrate(url)
    await seed(url, sample=True)
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        units, configuration = await put_down_units(connection)
        columns = (*COLUMNS, "verified_cause", "verified_code", "verified_by_code", "verified_at")
        records = _records(units, configuration, count)
        await connection.copy_records_to_table("service_tickets", records=records, columns=columns)
        await connection.execute(SEARCHED)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _records(units: list[Any], configuration: Any, count: int) -> Iterator[tuple[Any, ...]]:
    of_type: dict[str, list[Any]] = {}
    for unit in units:
        of_type.setdefault(unit["type"], []).append(unit)
    chance = random.Random(7)
    for number, row in enumerate(made_up(count), 1):
        unit = chance.choice(of_type[row["equipment_type"]])
        opened = START + timedelta(seconds=number * 200)
        closed = opened + timedelta(hours=30)
        yield (
            f"FC-2019-{number:07}", f"vol-{number}", f"vol-{number}", unit["id"], unit["customer_id"],
            unit["site_id"], configuration, row["description"], "P3", "NURSE-1", "hospital", "closed", opened, closed,
            1, row["verified_cause"], row["verified_code"], "ENG-1", closed,
        )  # fmt: skip


def time_command(count: int) -> None:
    with throwaway_stack(settings=Settings()) as stack:
        url = asyncio.run(make_database(stack.addresses.database_url, "training"))
        asyncio.run(fill(url, count))
        command = [sys.executable, "-m", "starter.cli", "ai", "train", "--dry-run"]
        began = time.perf_counter()
        done = os.posix_spawn(command[0], command, {**os.environ, "FIELDCARE_DATABASE_URL": url})
        _, status, used = os.wait4(done, 0)
        seconds = time.perf_counter() - began
    megabytes = used.ru_maxrss / 1024
    print(f"\n{count:,} tickets: {seconds:.0f} s, {used.ru_utime:.0f} s of them its own, {megabytes:.0f} MB")
    sys.exit(os.waitstatus_to_exitcode(status))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(dest="what", required=True)
    orders = what.add_parser("orders")
    orders.add_argument("file", type=Path)
    orders.add_argument("--label", required=True)
    orders.add_argument("--faults", type=int, default=14)
    what.add_parser("size").add_argument("tickets", type=int)
    options = parser.parse_args()
    if options.what == "orders":
        learn_orders(options.file, options.label, options.faults)
    else:
        time_command(options.tickets)


if __name__ == "__main__":
    main()
