"""What a name means here: types of equipment, makers, contexts. A name that fits nothing is never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.spelling import disguised, drawn, look
from models.vocabulary import InstalledContext
from starter.importing.columns import short
from starter.importing.equipment.fields import Field
from starter.importing.equipment.names import keys, nearest

CONTEXTS: Mapping[InstalledContext, tuple[str, ...]] = {
    InstalledContext.ICU: (
        "icu", "intensive care", "intensive care unit", "critical care", "critical care unit", "itu", "ccu", "nicu",
        "picu", "micu", "sicu", "cicu", "neonatal icu", "paediatric icu", "pediatric icu", "medical icu",
        "surgical icu",
    ),
    InstalledContext.WARD: (
        "ward", "general ward", "wards", "inpatient ward", "medical ward", "surgical ward", "nursing floor", "ipd",
    ),
    InstalledContext.OPERATING_ROOM: (
        "operating room", "or", "ot", "operation theatre", "operating theatre", "operation theater",
        "operating theater", "theatre", "operation room", "surgery suite", "surgical suite",
    ),
    InstalledContext.EMERGENCY: (
        "emergency", "emergency department", "emergency room", "emergency ward", "er", "ed", "a&e",
        "accident and emergency", "casualty", "trauma centre", "trauma center",
    ),
    InstalledContext.IMAGING: (
        "imaging", "radiology", "radiology department", "diagnostic imaging", "medical imaging", "imaging department",
        "imaging centre", "imaging center", "radiodiagnosis",
    ),
    InstalledContext.LABORATORY: (
        "laboratory", "lab", "labs", "clinical laboratory", "clinical lab", "central laboratory", "central lab",
        "pathology", "pathology lab", "pathology laboratory",
    ),
}  # fmt: skip
"""What hospitals call the places where a unit may stand."""

_PRODUCT_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that has a code and names."""

    code: str
    name: str
    synonyms: tuple[str, ...] = ()
    product_codes: tuple[str, ...] = ()


class NotPlacedError(Exception):
    """A value that means nothing here, or two things.

    Attributes:
        nearest: the known names that look most like it.
        ambiguous: it means two things.
    """

    def __init__(
        self, where: Field, value: str, sentence: str, near: Sequence[str] = (), *, ambiguous: bool = False
    ) -> None:
        super().__init__(sentence)
        self.where = where
        self.value = value
        self.nearest = tuple(near)
        self.ambiguous = ambiguous


@dataclass(slots=True)
class Index:
    """Finds entries by what they are called: by code and name first, then by synonym.

    Args:
        what: in words, for a message.
        firm, plural: see `names.keys()`.
    """

    where: Field
    what: str
    firm: bool = False
    plural: bool = False
    entries: dict[str, Entry] = field(default_factory=dict)
    _by_name: dict[str, set[str]] = field(default_factory=dict)
    _by_synonym: dict[str, set[str]] = field(default_factory=dict)
    _found: dict[str, str | NotPlacedError] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        self.entries[entry.code] = entry
        for names, index in (
            ((entry.code, entry.name), self._by_name),
            (entry.synonyms, self._by_synonym),
        ):
            for name in names:
                for key in self._keys(name):
                    index.setdefault(key, set()).add(entry.code)
        self._found.clear()

    def code(self, text: str) -> str:
        """The code of what is called this.

        Raises:
            NotPlacedError: nothing is, or several are.
        """
        found = self._found.get(text)
        if found is None:
            try:
                found = self._find(text)
            except NotPlacedError as error:
                found = error
            self._found[text] = found
        if isinstance(found, NotPlacedError):
            raise found.with_traceback(None)  # or each row would add its own to the one that is kept
        return found

    def _find(self, text: str) -> str:
        for index in (self._by_name, self._by_synonym):
            codes = set().union(*(index.get(key, ()) for key in self._keys(text)))
            if codes:
                return self.only(text, codes)
        return self._unplaced(text)

    def only(self, text: str, codes: Iterable[str]) -> str:
        """The one code, if there is but one.

        Raises:
            NotPlacedError: there are several; it names them.
        """
        several = sorted(codes)
        if len(several) == 1:
            return several[0]
        candidates = " or ".join(f"{self.entries[code].name} ({code})" for code in several)
        sentence = f"the {self.what} {short(text)} may be {candidates}: use the code"
        raise NotPlacedError(self.where, text, sentence, ambiguous=True)

    def _unplaced(self, text: str) -> str:
        near = self._near(text)
        hint = f" (nearest: {', '.join(near)})" if near else ""
        raise NotPlacedError(self.where, text, f"the {self.what} {short(text)} is not known{hint}", near)

    def _near(self, text: str) -> tuple[str, ...]:
        """The three names that look most like this one; those that can be taken for it stand first."""
        seen = look(text)
        names = [name for one in self.entries.values() for name in (one.name, *one.synonyms)]
        alike = [one.name for one in self.entries.values() if seen and seen in {look(one.code), look(one.name)}]
        return tuple(dict.fromkeys([*alike, *nearest(text, names)]))[:3]

    def check_new(self, text: str) -> None:
        """Refuse to make a new entry of a name that only seems to be another one.

        Raises:
            NotPlacedError: it prints like a known name, or mixes letters that look alike.
        """
        shape = drawn(text)
        for one in self.entries.values():
            for name in (one.name, one.code, *one.synonyms):
                if drawn(name) == shape:
                    sentence = f"the {self.what} {short(text)} looks like {name} ({one.code}) and is written with other"
                    raise NotPlacedError(self.where, text, f"{sentence} letters: write it so", [one.name])
        if (letter := disguised(text, whole=False)) is not None:
            sentence = f"the {self.what} {short(text)} has the letter {letter}: write it with letters of one script"
            raise NotPlacedError(self.where, text, sentence)

    def _keys(self, name: str) -> frozenset[str]:
        return keys(name, firm=self.firm, plural=self.plural)


class TypeIndex:
    """Types of equipment, by name or by FDA product code."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._names = Index(Field.TYPE, "type", plural=True)
        self._by_product_code: dict[str, set[str]] = {}
        for entry in entries:
            self._names.add(entry)
            for product_code in entry.product_codes:
                self._by_product_code.setdefault(product_code.upper(), set()).add(entry.code)

    def code(self, text: str, product_code: str = "") -> str:
        """The code of the type that is called this or that has this product code.

        A type that is not known is placed by its product code; if both are known they must agree.

        Raises:
            NotPlacedError: nothing fits, or several do.
        """
        by_product = self._of_product_code(product_code)
        if not text:
            if by_product is None:
                raise NotPlacedError(
                    Field.PRODUCT_CODE, product_code, f"no type has the product code {short(product_code)}"
                )
            return by_product
        try:
            by_name = self._names.code(text)
        except NotPlacedError:
            placed = by_product or self._of_product_code(text)
            if placed is None:
                raise
            return placed
        if by_product is not None and by_product != by_name:
            raise NotPlacedError(
                Field.TYPE,
                f"{text} / {product_code}",
                f"the type {short(text)} is {by_name}, but the product code {product_code} is {by_product}",
            )
        return by_name

    def _of_product_code(self, text: str) -> str | None:
        if not _PRODUCT_CODE.fullmatch(text):
            return None
        codes = self._by_product_code.get(text)
        return self._names.only(text, codes) if codes else None


class ContextIndex:
    """Where a unit may be installed, by what hospitals call it."""

    def __init__(self) -> None:
        self._names = Index(Field.CONTEXT, "context")
        for context, names in CONTEXTS.items():
            self._names.add(Entry(context.value, context.value.replace("_", " "), names))

    def code(self, text: str) -> str:
        """The value of `InstalledContext`.

        Raises:
            NotPlacedError: it is none; the sentence lists them.
        """
        try:
            return self._names.code(text)
        except NotPlacedError as error:
            raise NotPlacedError(
                Field.CONTEXT, text, f"{error}; it is one of {', '.join(InstalledContext)}", error.nearest
            ) from None
