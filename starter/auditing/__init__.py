"""The audit trail as an auditor sees it: is it what it was, and what does it say (docs/adr/0012)."""

from __future__ import annotations

from starter.auditing.findings import Break, Findings
from starter.auditing.sealing import Anchor, Seal, seal_trail
from starter.auditing.verification import Verification, verify_chain, verify_ends, verify_trail

__all__ = [
    "Anchor",
    "Break",
    "Findings",
    "Seal",
    "Verification",
    "seal_trail",
    "verify_chain",
    "verify_ends",
    "verify_trail",
]
