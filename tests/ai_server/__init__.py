"""A server on loopback that speaks the wire protocols of OpenAI and Anthropic, also when they are out of sorts."""

from __future__ import annotations

from tests.ai_server.moves import Breaks, Drops, Fails, Hangs, Move, Says, Tokens, Waits
from tests.ai_server.server import AiServer, Received

__all__ = ["AiServer", "Breaks", "Drops", "Fails", "Hangs", "Move", "Received", "Says", "Tokens", "Waits"]
