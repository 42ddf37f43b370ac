"""A drawn signature: the data of an SVG path. It is kept and measured, and never run."""

from __future__ import annotations

import re

LONGEST = 20_000
"""Characters: some two thousand points, several times what a finger draws."""

_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "Z": 0}
_TOKEN = re.compile(r"(?P<command>[A-Za-z])|(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_BETWEEN = re.compile(r"[ ,]*")
_STROKES = re.compile(r"(?:[ML][0-9]+ [0-9]+)+")
_NUMBER = re.compile(r"[0-9]+")
_MARGIN = 6
_FARTHEST = 100_000
"""The largest coordinate, in whatever unit."""


def checked_path(data: str) -> str:
    """The data of a path of lines and curves (M L H V C S Q T Z), numbers with blanks or commas between them.

    Raises:
        ValueError: it is too long, or no such path.
    """
    if len(data) > LONGEST:
        raise ValueError(f"a drawn signature has at most {LONGEST} characters of path data")
    place, command, numbers, begun = 0, "", 0, False
    place = _between(data, place)
    while place < len(data):
        token = _TOKEN.match(data, place)
        if token is None:
            raise ValueError("a drawn signature is the data of an SVG path: M, L, H, V, C, S, Q, T, Z and numbers")
        if token["command"]:
            if begun:
                _is_complete(command, numbers)
            command, numbers = token["command"].upper(), 0
            if command not in _ARGUMENTS or (not begun and command != "M"):
                raise ValueError("the path of a drawn signature begins with M, and has no other than M L H V C S Q T Z")
            begun = True
        else:
            if not begun or abs(float(token["number"])) > _FARTHEST:
                raise ValueError("a number of a drawn signature stands before its first command, or is too large")
            numbers += 1
        place = _between(data, token.end())
    if not begun:
        raise ValueError("the path of a drawn signature is empty")
    _is_complete(command, numbers)
    return data


def drawn_box(data: str | None) -> str | None:
    """The `viewBox` around a signature of straight strokes, as our pages draw them, with a margin; None: it is another
    kind of path, whose extent only whoever draws it knows, or there is none."""
    if data is None or not _STROKES.fullmatch(data):
        return None
    numbers = [float(one) for one in _NUMBER.findall(data)]
    across, down = numbers[::2], numbers[1::2]
    left, top = min(across) - _MARGIN, min(down) - _MARGIN
    return f"{left:g} {top:g} {max(across) + _MARGIN - left:g} {max(down) + _MARGIN - top:g}"


def _between(data: str, place: int) -> int:
    found = _BETWEEN.match(data, place)
    return found.end() if found is not None else place


def _is_complete(command: str, numbers: int) -> None:
    wanted = _ARGUMENTS[command]
    if numbers % wanted if wanted else numbers:
        raise ValueError(f"the command {command} of a drawn signature lacks a number, or has one too many")
    if wanted and not numbers:
        raise ValueError(f"the command {command} of a drawn signature has no numbers")
