"""The documents and events of the three protocols, as the providers' references describe them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from tests.ai_server.moves import Fails, Says, Stop, Tokens

Document = dict[str, Any]
Event = tuple[str | None, Document]
"""Name and data of a server-sent event; without a name, only the data is sent."""

CREATED = 1_790_000_000
ANTHROPIC_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


class Speech(Protocol):
    """One way to ask, and to be answered."""

    def answer(self, request: Mapping[str, Any], move: Says, number: int) -> Document: ...

    def events(self, request: Mapping[str, Any], move: Says, number: int) -> Iterator[Event]: ...


def error(provider: str, move: Fails, request_id: str) -> Document:
    """The body of an error."""
    if provider == "openai":
        kind = "server_error" if move.status >= 500 else "invalid_request_error"
        code = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}.get(move.status)
        return {"error": {"message": move.message, "type": kind, "param": None, "code": move.code or code}}
    kind = ANTHROPIC_ERRORS.get(move.status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": move.message}, "request_id": request_id}


def _pieces(text: str) -> list[str]:
    return [text[at : at + 7] for at in range(0, len(text), 7)]


CHAT_STOPS = {Stop.END: "stop", Stop.LENGTH: "length", Stop.REFUSAL: "stop"}
MESSAGE_STOPS = {Stop.END: "end_turn", Stop.LENGTH: "max_tokens", Stop.REFUSAL: "refusal"}


class ChatCompletions:
    def answer(self, request: Mapping[str, Any], move: Says, number: int) -> Document:
        refused = move.stop is Stop.REFUSAL
        message: Document = {"role": "assistant", "content": None if refused else move.text}
        if refused:
            message["refusal"] = move.text
        choice: Document = {"index": 0, "message": message, "finish_reason": CHAT_STOPS[move.stop]}
        document: Document = {"choices": [choice], "model": request["model"], "object": "chat.completion"}
        if not move.sparse:
            message.setdefault("refusal", None)
            message["annotations"] = []
            choice["logprobs"] = None
            document |= {
                "id": f"chatcmpl-{number}",
                "created": CREATED,
                "service_tier": "default",
                "system_fingerprint": "fp_1",
            }
        if move.tokens is not None:
            document["usage"] = self._usage(move.tokens)
        return document

    def events(self, request: Mapping[str, Any], move: Says, number: int) -> Iterator[Event]:
        def chunk(delta: Document, finish: str | None = None) -> Event:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            return None, {**head, "choices": [choice]}

        head = {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": request["model"],
        }
        yield chunk({"role": "assistant", "content": "", "refusal": None})
        for piece in _pieces(move.text):
            yield chunk({"refusal" if move.stop is Stop.REFUSAL else "content": piece})
        yield chunk({}, CHAT_STOPS[move.stop])
        if move.tokens is not None and (request.get("stream_options") or {}).get("include_usage"):
            yield None, {**head, "choices": [], "usage": self._usage(move.tokens)}

    def _usage(self, tokens: Tokens) -> Document:
        return {
            "prompt_tokens": tokens.input,
            "completion_tokens": tokens.output,
            "total_tokens": tokens.input + tokens.output,
            "prompt_tokens_details": {"cached_tokens": tokens.cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }


class Responses:
    def answer(self, request: Mapping[str, Any], move: Says, number: int) -> Document:
        part = (
            {"type": "refusal", "refusal": move.text}
            if move.stop is Stop.REFUSAL
            else {"type": "output_text", "text": move.text, "annotations": []}
        )
        whole = move.stop is not Stop.LENGTH
        message = {
            "type": "message",
            "id": f"msg-{number}",
            "status": "completed" if whole else "incomplete",
            "role": "assistant",
            "content": [part],
        }
        document = {**self._head(request, number), "status": message["status"], "output": [message]}
        if not whole:
            document["incomplete_details"] = {"reason": "max_output_tokens"}
        if move.tokens is not None:
            document["usage"] = {
                "input_tokens": move.tokens.input,
                "input_tokens_details": {"cached_tokens": move.tokens.cached},
                "output_tokens": move.tokens.output,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": move.tokens.input + move.tokens.output,
            }
        return document

    def events(self, request: Mapping[str, Any], move: Says, number: int) -> Iterator[Event]:
        def event(kind: str, **data: Any) -> Event:
            return kind, {"type": kind, "sequence_number": next(numbers), **data}

        numbers = iter(range(10_000))
        whole = self.answer(request, move, number)
        begun = {**self._head(request, number), "status": "in_progress", "output": []}
        message = whole["output"][0]
        part = message["content"][0]
        place = {"item_id": message["id"], "output_index": 0, "content_index": 0}
        yield event("response.created", response=begun)
        yield event("response.in_progress", response=begun)
        empty = {**message, "status": "in_progress", "content": []}
        yield event("response.output_item.added", output_index=0, item=empty)
        yield event("response.content_part.added", **place, part={**part, "text": ""} if "text" in part else part)
        if "text" in part:
            for piece in _pieces(move.text):
                yield event("response.output_text.delta", **place, delta=piece, logprobs=[])
            yield event("response.output_text.done", **place, text=move.text, logprobs=[])
        yield event("response.content_part.done", **place, part=part)
        yield event("response.output_item.done", output_index=0, item=message)
        yield event(f"response.{whole['status']}", response=whole)

    def _head(self, request: Mapping[str, Any], number: int) -> Document:
        return {
            "id": f"resp-{number}",
            "object": "response",
            "created_at": CREATED,
            "model": request["model"],
            "error": None,
            "incomplete_details": None,
            "instructions": request.get("instructions"),
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
        }


class Messages:
    def answer(self, request: Mapping[str, Any], move: Says, number: int) -> Document:
        document = {
            "type": "message",
            "role": "assistant",
            "model": request["model"],
            "content": [{"type": "text", "text": move.text}],
            "stop_reason": MESSAGE_STOPS[move.stop],
        }
        if not move.sparse:
            document |= {"id": f"msg-{number}", "stop_sequence": None}
        if move.tokens is not None:
            document["usage"] = self._usage(move.tokens, sparse=move.sparse)
        return document

    def events(self, request: Mapping[str, Any], move: Says, number: int) -> Iterator[Event]:
        def event(kind: str, **data: Any) -> Event:
            return kind, {"type": kind, **data}

        whole = self.answer(request, move, number)
        tokens = move.tokens or Tokens(0, 0)
        begun = {**whole, "content": [], "stop_reason": None, "usage": {**self._usage(tokens), "output_tokens": 1}}
        yield event("message_start", message=begun)
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        yield event("ping")
        for piece in _pieces(move.text):
            yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        yield event("content_block_stop", index=0)
        ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
        yield event("message_delta", delta=ended, usage={"output_tokens": tokens.output})
        yield event("message_stop")

    def _usage(self, tokens: Tokens, *, sparse: bool = False) -> Document:
        usage: Document = {"input_tokens": tokens.input - tokens.cached, "output_tokens": tokens.output}
        if not sparse:
            usage |= {
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": tokens.cached,
                "service_tier": "standard",
            }
        return usage
