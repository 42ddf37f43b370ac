"""The file that `sla whatif` reads: other rules, in the words of the seed files.

`[[template]]` records are those of `workflow_templates.toml`, `[[calendar]]` those of `business_calendars.toml`,
`[[reason]]` those of `hold_reasons.toml`; so an edited copy of a seed file will do, and so will a file with just what
is different. A template may have two keys more: `response_target` (of the service configuration) and `calendar`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from models.contracts.templates import HoldRule, PriorityTargets
from models.durations import length_of
from models.known_words import unknown_words, unknown_words_within
from models.sla.calendar_records import CalendarRecord
from models.toml_files import read_toml
from models.vocabulary import ClockKind, Party, Priority, ReopenPolicy
from starter.failures import BadInput

M = TypeVar("M", bound=BaseModel)

WITHOUT_EFFECT = frozenset(
    "name description version workflow_type valid_from valid_to active scopes thresholds".split()  # noqa: SIM905
) | {"reopen_within", "late_within", "answer_within"}
"""What a template may say and no verdict asks for."""

STAGE_WITHOUT_EFFECT = frozenset(
    "name description stage_type support_level prerequisites required_actions performer skippable party ai".split()  # noqa: SIM905
)


class RulesError(BadInput):
    """The file can't be used; the sentence says where and why."""


def _more_than_nothing(length: timedelta) -> timedelta:
    if length <= timedelta(0):
        raise ValueError("a target must be longer than nothing")
    return length


Length = Annotated[timedelta, BeforeValidator(length_of), AfterValidator(_more_than_nothing)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Stage(_Strict):
    key: str
    target_duration: Length | None = None
    on_site: bool | None = None


class _Priority(_Strict):
    priority: Priority
    response_target: Length | None = None
    arrival_target: Length | None = None
    resolution_target: Length | None = None
    answer_within: Length | None = None


class TemplateRules(_Strict):
    """What a template says otherwise."""

    code: str
    resolution_target: Length | None = None
    arrival_target: Length | None = None
    response_target: Length | None = None
    reopen_policy: ReopenPolicy | None = None
    calendar: str | None = None
    priorities: tuple[_Priority, ...] = ()
    stages: tuple[_Stage, ...] = ()

    def priority_targets(self) -> tuple[PriorityTargets, ...]:
        return tuple(PriorityTargets.model_validate(one.model_dump()) for one in self.priorities)


class _Reason(_Strict):
    code: str
    pauses: frozenset[ClockKind] = frozenset()
    name: str = ""
    description: str = ""
    party: Party = Party.TRIAGE
    needs_approval: bool = False

    def rule(self) -> HoldRule:
        return HoldRule(reason=self.code, name=self.name or self.code, pauses=self.pauses, party=self.party)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a file says.

    Attributes:
        templates: by their code; at least one.
        hold_rules: by their reason.
        calendars: the records of calendars that stand in the file itself, as in `business_calendars.toml`.
    """

    templates: Mapping[str, TemplateRules]
    hold_rules: Mapping[str, HoldRule]
    calendars: tuple[Mapping[str, Any], ...]


def read_rules(path: Path) -> Rules:
    """The rules of a file.

    Raises:
        RulesError: it can't be read, or has something in it that is not understood.
    """
    try:
        content = read_toml(path)
    except OSError as error:
        raise RulesError(f"{path} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesError(f"{path.name} is not valid TOML: {error}.") from error
    if (said := unknown_words(content, ["template", "calendar", "reason"])) is not None:
        raise RulesError(f"{path.name}: {said}.")
    for one in _records(path, content, "calendar"):
        _check_words(path, "calendar", one, CalendarRecord)
    templates = [_template(path, one) for one in _records(path, content, "template")]
    reasons = [_made(path, "reason", _Reason, one) for one in _records(path, content, "reason")]
    if not templates:
        raise RulesError(f"{path.name} has no [[template]] with the code of the tickets to look at.")
    for kind, codes in (("template", [one.code for one in templates]), ("reason", [one.code for one in reasons])):
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise RulesError(f"{path.name} has the {kind} {twice[0]} twice. Keep one.")
    return Rules(
        {one.code: one for one in templates},
        {one.code: one.rule() for one in reasons},
        tuple(_records(path, content, "calendar")),
    )


def check_names(rules: Rules, known: Mapping[str, Any], path: Path) -> None:
    """Refuse rules for what there is not: a mistyped name would change nothing, and look like an answer.

    Args:
        known: what `known_sla_terms()` says.

    Raises:
        RulesError: an unknown template, stage or reason, with those that there are; a calendar that nobody uses.
    """
    for code, one in rules.templates.items():
        _check_name(f"{path.name}: there is no template {code!r}", code, sorted(known["templates"]))
        for stage in one.stages:
            said = f"{path.name}, template {code}: there is no stage {stage.key!r}"
            _check_name(said, stage.key, known["templates"][code])
    for reason in rules.hold_rules:
        _check_name(f"{path.name}: there is no reason {reason!r}", reason, known["reasons"])
    if rules.calendars and not any(one.calendar for one in rules.templates.values()):
        code = rules.calendars[0].get("code", "…")
        raise RulesError(
            f'{path.name} has a calendar that no template uses. Write calendar = "{code}" in the template.'
        )


def _check_name(said: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise RulesError(f"{said}. There are: {', '.join(known)}.")


def _records(path: Path, content: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    found = content.get(kind, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise RulesError(f"{path.name}: {kind} must be a list of records. Write [[{kind}]] before each of them.")
    return found


def _template(path: Path, values: dict[str, Any]) -> TemplateRules:
    _check_words(path, "template", values, TemplateRules, {TemplateRules: WITHOUT_EFFECT, _Stage: STAGE_WITHOUT_EFFECT})
    kept = {name: value for name, value in values.items() if name not in WITHOUT_EFFECT}
    if isinstance(kept.get("stages"), list):
        kept["stages"] = [
            {name: value for name, value in stage.items() if name not in STAGE_WITHOUT_EFFECT}
            if isinstance(stage, dict)
            else stage
            for stage in kept["stages"]
        ]
    return _made(path, "template", TemplateRules, kept)


def _check_words(
    path: Path,
    kind: str,
    values: dict[str, Any],
    model: type[BaseModel],
    also: Mapping[type[BaseModel], Iterable[str]] | None = None,
) -> None:
    if (said := unknown_words_within(values, model, also)) is not None:
        raise RulesError(f"{path.name}, {kind} {values.get('code', 'without a code')}: {said}.")


def _made(path: Path, kind: str, model: type[M], values: dict[str, Any]) -> M:
    _check_words(path, kind, values, model)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " ".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        code = values.get("code", "without a code")
        raise RulesError(f"{path.name}, {kind} {code}: {where}: {said}.") from error
