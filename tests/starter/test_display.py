"""What people wrote is shown and never obeyed: no terminal is steered by a description."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from starter.cli.terminal.display import ENDLESS, Beginning, Listing, Times, cleaned, print_json, show, visible

HOSTILE = "Alarm \x1b[31mred\x1b[0m \x9b2J \x07\x7f \u202egnp.exe \u2066x\u2069\ttab\nline"
SEEN = "Alarm ␛[31mred␛[0m �2J ␇� �gnp.exe �x�\ttab\nline"


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(screen: io.StringIO) -> Console:
    """As on a terminal, with colours."""
    return cleaned(Console(file=screen, force_terminal=True, color_system="standard", width=200, highlight=False))


def test_everything_that_steers_has_a_mark_in_its_place() -> None:
    assert visible(HOSTILE) == SEEN
    plain = "Flow 12 l/min, 37 °C – «ß», 病院, שלום, 🚑"
    assert visible(plain) == plain


def test_texts_tables_and_lines_are_shown_without_what_steers(console: Console, screen: io.StringIO) -> None:
    listing = Listing(("Cause", "Sure"), [(HOSTILE, Text("80 %", style="green"))], title=f"\n{HOSTILE}")
    show(console, Text(HOSTILE, style="bold"), HOSTILE, listing)
    console.print(f"fieldcare: {HOSTILE}", markup=False)
    shown = screen.getvalue()
    for steering in ("\x9b", "\x7f", "\u202e", "\u2066", "\u2069", "\x07", "\x1b[31m", "\x1b[0m "):
        assert steering not in shown
    assert shown.count("␛[31mred") == 5
    assert "\x1b[1m" in shown, "the program's own styles"
    assert "\x1b[32m80 %" in shown


def test_a_bar_goes_on_moving(console: Console, screen: io.StringIO) -> None:
    with Progress(console=console, transient=True) as progress:
        progress.update(progress.add_task("Reading", total=2), advance=1)
        console.print("line 7: \x1b[2J", markup=False)
    shown = screen.getvalue()
    assert "line 7: ␛[2J" in shown
    assert "\x1b[?25l" in shown, "rich's own control of the cursor"


def test_json_escapes_what_steers_and_keeps_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"cause": HOSTILE})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"cause": HOSTILE}
    assert visible(shown) == shown


def piped(listing: Listing) -> list[str]:
    """What a file or a pipe gets of it."""
    screen = io.StringIO()
    show(cleaned(Console(file=screen, width=ENDLESS, highlight=False, soft_wrap=True)), listing)
    return screen.getvalue().split("\n")


def test_in_a_pipe_a_row_is_a_line_whole_and_without_anything_behind_it() -> None:
    long = "Alarm " * 400
    rows = [("FC-1", 7, long, "open"), ("FC-22", 1234, "病院\nline two", Text("closed", style="green"))]
    assert piped(Listing(("Number", "Count", "Text", "Status"), rows, "\nAll", right=frozenset({"Count"}))) == [
        "",
        "All",
        "Number  Count  Text                              Status",
        f"FC-1        7  {long.strip()}  open",
        "FC-22    1234  病院 line two                     closed",
        "",
    ]


def test_in_a_pipe_no_column_is_left_out_and_no_text_cut() -> None:
    text = "A description that is far longer than what a list on a screen shows of it"
    listing = Listing(("Number", "Text"), [("FC-1", Beginning(text, 20))], spare=("Number", "Text"))
    assert piped(listing) == ["Number  Text", f"FC-1    {text}", ""]
    narrow = io.StringIO()
    show(Console(file=narrow, width=40), listing)
    assert f"{text[:18]}…" in narrow.getvalue()


def test_instants_in_a_sentence_of_the_program_are_shown_in_the_zone_of_the_table() -> None:
    sentence = (
        "It was held at 2026-03-01 09:30 UTC and goes on 2026-03-02 00:30:15+01:00; 2026-99-99 10:00 UTC is none."
    )
    assert Times("Asia/Kolkata").within(sentence) == (
        "It was held at 2026-03-01 15:00 and goes on 2026-03-02 05:00:15; 2026-99-99 10:00 UTC is none."
    )
    assert "2026-03-01 09:30 UTC and goes on 2026-03-01 23:30:15 UTC" in Times().within(sentence)
