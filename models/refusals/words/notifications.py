"""Notifications."""

from __future__ import annotations

from models.refusals.words.kind import CODE_OF_SMALL_LETTERS, JSON_OBJECT, Words

WORDS = Words(
    tables={"notifications": "a notification"},
    column_rules={JSON_OBJECT: "facts"},
    rules={
        "notifications_kind_check": CODE_OF_SMALL_LETTERS,
        "notifications_told_one_way": "must have a kind and its facts, or a text of before with its subject",
    },
)
