"""Webhooks: who else is told of events, and how that goes."""

from __future__ import annotations

from models.refusals.words.kind import Words

WORDS = Words(
    tables={
        "webhook_attempts": "a try to deliver an event",
        "webhook_deliveries": "an event for another house",
        "webhook_endpoints": "a webhook",
        "webhook_secrets": "the secret of a webhook",
    },
    column_rules={},
    rules={
        "webhook_attempts_answer_check": "must be at most 4096 bytes",
        "webhook_attempts_error_check": "must be at most 500 characters long",
        "webhook_attempts_status_check": "must be 100 to 599",
        "webhook_attempts_took_check": "must not be negative",
        "webhook_deliveries_attempts_check": "must not be negative",
        "webhook_deliveries_ended": "has ended exactly when it is not pending any more",
        "webhook_endpoints_disabled": "must say since when and why it is not in use, or neither",
        "webhook_endpoints_events_check": "must be at least one of the events that there are",
        "webhook_endpoints_name_check": "must have a name of small letters, digits and . _ -, at most 63 of them",
        "webhook_endpoints_position_check": "must not be negative",
        "webhook_endpoints_retry_after_check": "must be at most 50 lengths of time, each more than nothing",
        "webhook_endpoints_url_check": "must be an address such as https://example.org/webhooks, without blanks",
        "webhook_secrets_key_check": "must be 24 to 64 bytes",
    },
    clashes={"webhook_secrets_in_force": "the webhook has a secret that is in force already"},
    strangers={},
)
