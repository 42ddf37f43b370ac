"""Prompts: files beside this one, versioned by their content; the version is stored with each call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

GROUND_RULES = "ground_rules"
"""What holds for every task; it stands before the task's own prompt."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text of ours for a model.

    Attributes:
        hash: SHA-256 of the text in UTF-8, 64 hexadecimal digits: its version.
    """

    name: str
    text: str
    hash: str


@cache
def prompt(*names: str) -> Prompt:
    """The prompt that the files `NAME.md` make together, in their order.

    Raises:
        FileNotFoundError: there is no such file.
    """
    texts = [files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip() for name in names]
    text = "\n\n".join(texts) + "\n"
    return Prompt("+".join(names), text, sha256(text.encode()).hexdigest())


def task_prompt(name: str) -> Prompt:
    """The prompt of a task, after the ground rules."""
    return prompt(GROUND_RULES, name)
