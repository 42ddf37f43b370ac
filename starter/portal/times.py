"""Instants and spans as people read them, in their language and in the time zone of a site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starter.portal.words import GERMAN, Words
from starter.reading.words import WRITTEN_INSTANT, moment, span

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Times:
    """Shows instants in one time zone. Its name is to stand beside them: `zone`."""

    def __init__(self, words: Words, zone: str = "UTC", now: datetime | None = None) -> None:
        self._words = words
        self._zone: tzinfo
        try:
            self._zone, self.zone = ZoneInfo(zone), zone
        except (ZoneInfoNotFoundError, ValueError):
            self._zone, self.zone = UTC, "UTC"
        self.now = now or datetime.now(UTC)

    def minute(self, at: datetime | str | None) -> str:
        """`30 Nov 2026, 14:22`; the year is left out where it is this one."""
        if at is None:
            return ""
        local, today = moment(at).astimezone(self._zone), self.now.astimezone(self._zone)
        year = local.year != today.year
        if local.date() == today.date():
            day = self._words("today")
        elif self._words.language == GERMAN:
            day = f"{local:%d.%m.%Y}" if year else f"{local:%d.%m.}"
        else:
            day = f"{local.day} {MONTHS[local.month - 1]}" + (f" {local.year}" if year else "")
        return f"{day} {local:%H:%M}"

    def iso(self, at: datetime | str | None) -> str:
        """For the attribute `datetime`."""
        return "" if at is None else moment(at).astimezone(UTC).isoformat(timespec="seconds")

    def left(self, at: datetime | str | None) -> str:
        """How far off a deadline is: `in 2 h 10 min`, `15 min late`."""
        if at is None:
            return ""
        left = moment(at) - self.now
        if left < timedelta(0):
            return self._words("{span} late", span=self.span(-left))
        return self._words("in {span}", span=self.span(left))

    def ago(self, at: datetime | str) -> str:
        """How long ago it was."""
        return self._words("{span} ago", span=self.span(max(self.now - moment(at), timedelta(0))))

    def span(self, length: timedelta | float | None) -> str:
        """A length in its two largest units, no smaller than minutes."""
        if length is None:
            return ""
        seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
        shown = span(seconds - seconds % 60 if abs(seconds) >= 60 else seconds // 1)
        return shown.replace(" d", self._words(" d")) if self._words.language == GERMAN else shown

    def within(self, sentence: str) -> str:
        """A sentence of the program with the instants in it as they are shown here."""

        def shown(found: object) -> str:
            written, offset = found[1], found[2]  # type: ignore[index]
            try:
                at = datetime.fromisoformat(f"{written}{'+00:00' if offset == ' UTC' else offset}")
            except ValueError:
                return f"{written}{offset}"
            return self.minute(at)

        return WRITTEN_INSTANT.sub(shown, sentence)

    def is_past(self, at: datetime | str) -> bool:
        """Whether a deadline is over."""
        return moment(at) < self.now
