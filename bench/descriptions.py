"""Descriptions of faults as people type them, in any number: for volume, not for judging what is diagnosed."""

from __future__ import annotations

import random
import string
from itertools import accumulate

SUBJECTS = (
    "unit", "machine", "device", "screen", "display", "battery", "power supply", "mains cable", "keypad",
    "touch screen", "sensor", "flow sensor", "oxygen sensor", "pressure line", "valve", "filter", "fan", "pump",
    "motor", "door", "lid", "latch", "probe", "cable", "connector", "cuff", "printer", "network",
    "image", "table", "gantry", "tube", "detector", "chiller", "coil", "rotor", "lamp", "light head", "arm",
    "brake", "wheel", "handle", "cassette", "sample inlet", "bellows", "vaporizer", "absorber",
    "alarm speaker", "clock", "software",
)  # fmt: skip
FAULTS = (
    "does not switch on", "shuts down by itself", "shows error {code}", "alarm {code} keeps coming back", "is leaking",
    "makes a grinding noise", "vibrates", "is hot and smells burnt", "reads too high", "reads too low", "drifts",
    "fails the self test", "can't be calibrated", "is cracked", "is loose", "is blocked", "freezes", "restarts",
    "loses connection", "has artefacts", "is flickering", "stays dark", "does not charge", "lasts ten minutes only",
    "low pressure alarm", "high pressure alarm", "occlusion alarm without a reason", "air in line alarm",
    "no signal", "connection lost", "beeps all the time", "gives wrong values", "stuck", "won't lock",
    "needs calibration",
)  # fmt: skip
WHEN = (
    "since this morning", "after cleaning", "during transport", "at start-up", "after the last service", "now and then",
    "in the night shift", "for two days", "after a power cut", "when warm", "during use", "since the software update",
)  # fmt: skip
ASKS = ("please check", "urgent", "spare unit in use", "patient moved", "no harm", "user restarted it", "pls help")


class Describer:
    """Makes descriptions. Rare words (names, codes, slips) follow Zipf's law over 40,000 of them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        words = random.Random(1)
        self._rare = ["".join(words.choices(string.ascii_lowercase, k=words.randint(4, 9))) for _ in range(40_000)]
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(len(self._rare))))

    def describe(self, equipment_type: str) -> str:
        """One description of 5 to 40 words."""
        chance = self._chance
        parts = [self._clause() for _ in range(chance.choice((1, 1, 2, 3)))]
        parts.append(chance.choice(WHEN))
        if chance.random() < 0.6:
            parts.append(f"ward {chance.randint(1, 60)}")
        if chance.random() < 0.3:
            parts.append(equipment_type.replace("_", " "))
        parts.extend(chance.choices(self._rare, cum_weights=self._weights, k=chance.randint(1, 6)))
        if chance.random() < 0.5:
            parts.append(chance.choice(ASKS))
        return ", ".join(parts)

    def _clause(self) -> str:
        chance = self._chance
        code = f"{chance.choice('ETF')}-{int(chance.paretovariate(0.7)) % 9000}"
        clause = f"{chance.choice(SUBJECTS)} {chance.choice(FAULTS).format(code=code)}"
        if chance.random() < 0.1:
            slip = chance.randrange(1, len(clause) - 1)
            clause = clause[:slip] + clause[slip + 1] + clause[slip] + clause[slip + 2 :]
        return clause
