"""The `local` engine: it reasons from the fault knowledge base and past tickets, without a network, and says so."""

from __future__ import annotations

from activities.ai.local.shipped import diagnose

__all__ = ["diagnose"]
