"""`make docs`: writes docs/access.md, the policy as a person reads it."""

from __future__ import annotations

from pathlib import Path

from models.access import CAPACITIES, ON_A_STAGE, POLICY, SENDERS, words
from models.vocabulary.accounts import AccountRole

PAGE = Path(__file__).parent.parent.parent / "docs" / "access.md"

HEAD = """\
# Who may do what

<!-- Written by `make docs` from models/access.py; a test holds both together. -->

What an account may do, by its roles; whoever has several may do what any of them may. *own*: of a hospital the tickets
of its customer, and of its site where it is for one alone; of an engineer those that they are or were on, or were asked
to take; of a manufacturer's desk those of its make. *nobody's*: open, and no engineer is on it yet. What is somebody
else's is not there: a list leaves it out, and whoever asks for it is told that there is no such ticket. In whose turn a
stage is, and what it takes, the ticket itself decides after that: a hospital completes a sign-off by signing it, and no
other stage.

A token does no more than its scopes: `read` for what only looks, `act`, and `administer` for what begins
with it and for correcting units and sites.

"""


def page() -> str:
    """The text of docs/access.md."""
    roles = list(AccountRole)
    names = [role.value.replace("_", " ") for role in roles]
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(roles)}"]
    for action, rules in POLICY.items():
        cells = [rules[role].value if role in rules else "–" for role in roles]
        lines.append(f"| {words(action)} | {' | '.join(cells)} |")
    acting = "\n".join(f"- {role.value}: {capacity.value}" for role, capacity in CAPACITIES.items())
    capacities = f"On the record they act as\n\n{acting}\n\nand the others do not act on tickets.\n"
    on_a_stage = "\n".join(f"- {role.value}: {what}" for role, what in ON_A_STAGE.items())
    capacities += f"\nOn a stage an engineer is\n\n{on_a_stage}\n"
    assert set(SENDERS) <= set(POLICY)
    return HEAD + "\n".join(lines) + "\n\n" + capacities


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
