"""Refitting the local engine to an installation's own verified tickets; `docs/ai-local.md` says what is learnt."""

from __future__ import annotations
