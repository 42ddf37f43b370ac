"""The fault knowledge base: `knowledge/*.toml`, a file for each type of equipment, and the table of problem codes.

Files and not rows: an engineer edits them in a text editor, a reviewer reads the change, a wrong code or part fails a
test before it reaches a hospital, and an answer can be reproduced from the version that gave it. What an installation
learns itself comes in as its own verified tickets.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from models.contracts.base import Name
from models.known_words import unknown_words, unknown_words_within
from models.toml_files import read_toml
from models.vocabulary.ai import IssueCategory, Severity
from models.vocabulary.people import SupportLevel

KNOWLEDGE = Path(__file__).parent / "knowledge"
PROBLEM_CODES = Path(__file__).parent / "problem_codes.toml"

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Alternatives = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9./-]*(\|[A-Z0-9][A-Z0-9./-]*)*$")]


class Fault(BaseModel):
    """One fault of one type of equipment.

    `symptoms` are phrases as people write them; `parts` are part numbers of the catalog, `A|B` for "either"; a fault
    with `remote_steps` may be remedied by somebody on site who is led through them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,60}$")]
    cause: Name
    symptoms: Annotated[tuple[Phrase, ...], Field(min_length=3)]
    checks: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    parts: tuple[Alternatives, ...] = ()
    code: str
    category: IssueCategory
    severity: Severity
    level: SupportLevel
    remote_steps: tuple[Phrase, ...] = ()

    def part_numbers(self) -> frozenset[str]:
        """Every part that the fault names."""
        return frozenset(one for group in self.parts for one in group.split("|"))


class ProblemCode(BaseModel):
    """A term of Annex A of the IMDRF terminologies, and the FDA code that it goes by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    term: Name
    fda: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


class KnowledgeError(Exception):
    """The knowledge base can't be used; the message names every file and fault that is wrong, and why."""


class KnowledgeBase:
    """Faults by the code of their type of equipment."""

    def __init__(self, faults: Mapping[str, tuple[Fault, ...]], codes: Mapping[str, ProblemCode]) -> None:
        self.faults = faults
        self.codes = codes
        self.ids = frozenset(one.id for of_type in faults.values() for one in of_type)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all faults, in 64 hexadecimal digits: another one where any of them was edited."""
        faults = {code: [one.model_dump(mode="json") for one in of_type] for code, of_type in self.faults.items()}
        return hashlib.sha256(json.dumps(faults, sort_keys=True).encode()).hexdigest()


@cache
def problem_codes() -> Mapping[str, ProblemCode]:
    """The shipped table of problem codes, by IMDRF code."""
    return {code: ProblemCode.model_validate(values) for code, values in read_toml(PROBLEM_CODES).items()}


@cache
def shipped_knowledge() -> KnowledgeBase:
    """The shipped knowledge base, read once a process.

    Raises:
        KnowledgeError: see there.
    """
    return load_knowledge()


def load_knowledge(
    folder: Path = KNOWLEDGE,
    codes: Mapping[str, ProblemCode] | None = None,
    parts: Mapping[str, Collection[str]] | None = None,
) -> KnowledgeBase:
    """Read and check a folder of TOML files.

    Args:
        codes: the problem codes that may be named; None: the shipped table.
        parts: part numbers of the catalog by type of equipment; None: parts are not checked against one.

    Raises:
        KnowledgeError: see there.
    """
    codes = problem_codes() if codes is None else codes
    faults: dict[str, tuple[Fault, ...]] = {}
    errors: list[str] = []
    seen: dict[str, str] = {}
    files = sorted(folder.glob("*.toml"))
    if not files:
        errors.append(f"{folder} has no TOML files")
    for path in files:
        try:
            content = read_toml(path)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            errors.append(f"{path.name}: not readable TOML: {error}")
            continue
        if (said := unknown_words(content, ["equipment_type", "fault"])) is not None:
            errors.append(f"{path.name}: {said}")
        equipment_type = content.get("equipment_type")
        if not isinstance(equipment_type, str):
            errors.append(f"{path.name}: equipment_type is missing")
        elif equipment_type in faults:
            errors.append(f"{path.name}: {equipment_type} has a file already")
        else:
            allowed = None if parts is None else parts.get(equipment_type, ())
            faults[equipment_type] = tuple(
                _faults(path.name, content.get("fault"), codes, allowed, seen=seen, errors=errors)
            )
    if errors:
        raise KnowledgeError("; ".join(errors))
    return KnowledgeBase(faults, codes)


def _faults(
    file: str,
    entries: Any,
    codes: Mapping[str, ProblemCode],
    parts: Collection[str] | None,
    *,
    seen: dict[str, str],
    errors: list[str],
) -> Iterator[Fault]:
    if not isinstance(entries, list) or not entries:
        errors.append(f"{file}: there is no [[fault]]")
        return
    for number, entry in enumerate(entries, 1):
        named = entry.get("id") if isinstance(entry, dict) else None
        where = f"{file}, fault {named!r}" if named else f"{file}, fault {number}"
        if (said := unknown_words_within(entry, Fault)) is not None:
            errors.append(f"{where}: {said}")
            continue
        try:
            fault = Fault.model_validate(entry)
        except ValidationError as error:
            errors.extend(
                f"{where}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)
            )
            continue
        if fault.id in seen:
            errors.append(f"{where}: the id stands in {seen[fault.id]} already")
        seen[fault.id] = file
        if fault.code not in codes:
            errors.append(f"{where}: unknown problem code {fault.code!r}")
        if parts is not None:
            errors.extend(
                f"{where}: the catalog has no part {part!r} of this type"
                for part in sorted(fault.part_numbers() - frozenset(parts))
            )
        yield fault
