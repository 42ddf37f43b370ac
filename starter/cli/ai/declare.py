"""`fieldcare ai …`: who answers, what it costs, what was said, and how good the built-in learner is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from starter.cli.terminal.commands import command
from starter.cli.terminal.file_options import Delimiter, Encoding, FileFormat, RecordsFile
from starter.cli.terminal.options import AsJson, By, Reference

app = typer.Typer(no_args_is_help=True, help="AI providers, what was said to them, and how good what is built in is.")


@command(app)
async def providers(as_json: AsJson = False) -> None:
    """Every provider in the order of asking: whether it is asked, key, health, spend of the UTC day, calls of 24 hours.

    One that has failed rests for a while and is then tried again; `--json` has that as its circuit.
    Set aside is what calls may have cost whose cost is not known: under way, timed out, or lost with their worker.
    """
    from starter.cli.ai.show import show_providers

    await show_providers(as_json)


@command(app)
async def check(
    within: Annotated[
        float, typer.Option("--within", metavar="SECONDS", min=0.1, max=120, help="How long to wait for each.")
    ] = 10.0,
    as_json: AsJson = False,
) -> int:
    """Ask every provider that has a key here whether it answers and takes the key; it costs nothing.

    A provider that answers again is tried by the next ticket, however long its circuit would have stayed open.
    Exit code: 0 all answer, 1 one does not.
    """
    from starter.cli.ai.check import check as check_them

    return await check_them(within, as_json)


@command(app)
async def conversation(
    reference: Reference,
    full: Annotated[bool, typer.Option("--full", help="Every message as it was sent and as it came.")] = False,
    as_json: AsJson = False,
) -> None:
    """What AI was asked about a ticket, call by call: who was asked, what it said, tokens, cost, time, errors.

    `--full` and `--json` have every message whole.
    """
    from starter.cli.ai.conversation import show_conversation

    await show_conversation(reference, full=full, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What is typed."""

    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DAY", help="Only tickets verified since then. Default: all."),
    ] = None
    minimum: Annotated[
        int, typer.Option("--minimum", metavar="COUNT", help="Verified tickets to train from at the least, 50 or more.")
    ] = 200
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would come of it; store nothing.")] = False
    back: Annotated[bool, typer.Option("--back", help="Train nothing: put the model before the one in force back.")] = (
        False
    )
    by: By = None
    as_json: AsJson = False


@command(app)
async def train(options: TrainOptions) -> int:
    """Refit the local engine to this installation's verified tickets, if that makes it better.

    It needs the rights of the database's owner. The newest fifth of the tickets is held back: the model in force and
    the new one are judged on it, and the new one is taken only if it is better beyond noise. Workers use it from the
    next question on. Exit code: 0 whether taken or not (`kept` in --json), 2 too few verified tickets.
    """
    from starter.cli.ai.train import train_or_go_back

    return await train_or_go_back(options)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOptions:
    """What is typed."""

    file: RecordsFile
    text: Annotated[str, typer.Option("--text", metavar="COLUMN", help="Where the texts stand.")]
    label: Annotated[str, typer.Option("--label", metavar="COLUMN", help="Where their labels stand.")]
    train: Annotated[
        Path | None,
        typer.Option(
            "--train",
            metavar="FILE",
            help="Learn from this file, with the same columns, and judge on FILE. Default: cross-validation of FILE.",
        ),
    ] = None
    mask: Annotated[
        str | None,
        typer.Option("--mask", metavar="COLUMN", help="Take the words of this column out of the text beside it."),
    ] = None
    limit: Annotated[
        int,
        typer.Option("--limit", metavar="COUNT", min=10, max=200_000, help="Texts of a file to use at the most."),
    ] = 20_000
    by_label: Annotated[bool, typer.Option("--by-label", help="Show every label as well.")] = False
    format: FileFormat = None
    delimiter: Delimiter = None
    encoding: Encoding = None
    as_json: AsJson = False


@command(app)
async def evaluate(options: EvaluateOptions) -> int:
    """Judge the built-in learner on a labelled file, beside the commonest label and the nearest neighbour.

    Accuracy and macro-F1 (the mean over all labels, each counting the same) on texts that were not learnt from. Records
    without a text or a label are left out and counted. The same files give the same figures. Exit code 1: lines were
    bad, and left out.
    """
    from starter.cli.ai.evaluate import evaluate_file

    return await evaluate_file(options)
