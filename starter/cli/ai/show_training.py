"""What a training found, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starter.cli.terminal.display import Listing, show
from starter.cli.terminal.run import err, out

NAMED = 20
"""Codes or types that are named in one sentence; --json names them all."""


def show_training(found: Mapping[str, Any]) -> None:
    """The figures on standard output; what was left out on the other."""
    tickets = found["tickets"]
    for sentence in _odd(found):
        show(err, sentence)
    show(
        out,
        f"Verified tickets: {tickets['counted']:,} counted, {tickets['tuned']:,} to tune to, {tickets['held_back']:,} "
        f"held back (verified from {found['held_from']:%Y-%m-%d %H:%M} UTC on).",
        "",
        Listing(("On the held-back ones", "before", "after"), _rows(found), right=frozenset({"before", "after"})),
    )
    for name in ("before", "after"):
        bins = found[name]["reliability"]
        columns = ("mean confidence", "right", "cases")
        rows = [
            (
                f"{one['from']:.0%} to {one['to']:.0%}",
                f"{one['mean_confidence']:.1%}",
                f"{one['accuracy']:.1%}",
                f"{one['cases']:,}",
            )
            for one in bins
        ]
        show(out, "", Listing((f"Confidence, {name}", *columns), rows, right=frozenset(columns)))
    show(out, "", found["because"], _ending(found))


def _rows(found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    def both(name: str, form: str) -> tuple[str, str]:
        before, after = (found[side][name] for side in ("before", "after"))
        return "" if before is None else format(before, form), "" if after is None else format(after, form)

    return [
        ("answered", *both("answered", ",")),
        ("abstained", *both("abstained", ",")),
        ("verified cause is the likeliest", *both("accuracy", ".1%")),
        ("the same, of those answered", *both("accuracy_of_answered", ".1%")),
        ("verified code is that of the likeliest", *both("code_accuracy", ".1%")),
        ("Brier score of the likeliest", *both("brier", ".4f")),
        ("Brier score of all causes", *both("brier_of_all_causes", ".4f")),
        ("calibration error", *both("calibration_error", ".4f")),
        ("log loss", *both("log_loss", ".4f")),
    ]


def _odd(found: Mapping[str, Any]) -> list[str]:
    left_out = found["tickets"]["left_out"]
    sentences = []
    for key, what in (
        ("unknown_codes", "a problem code outside the vocabulary"),
        ("unknown_types", "a type without a knowledge base"),
    ):
        if named := left_out[key]:
            shown = ", ".join(f"{name} ({count:,})" for name, count in list(named.items())[:NAMED])
            more = f" and {len(named) - NAMED:,} more" if len(named) > NAMED else ""
            sentences.append(f"Left out: {sum(named.values()):,} tickets with {what}: {shown}{more}.")
    if left_out["unreadable"]:
        sentences.append(f"Left out: {left_out['unreadable']:,} tickets without words in their cause or description.")
    if found["knowledge_changed"]:
        sentences.append("The knowledge base has been edited since the model in force was trained.")
    return sentences


def _ending(found: Mapping[str, Any]) -> str:
    before = "the shipped model" if found["compared_with"] is None else f"model {found['compared_with']}"
    if found["kept"]:
        return f"Nothing is changed: {before} stays in force."
    if found["dry_run"]:
        return f"Nothing is changed (--dry-run); it would take the place of {before}."
    return (
        f"Model {found['version']} is in force, in place of {before}: workers use it from the next question on. "
        "`fieldcare ai train --back` goes back."
    )
