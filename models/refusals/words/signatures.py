"""Signing off and approving: links, proofs, approvals."""

from __future__ import annotations

from models.refusals.words.kind import TEXT, Words

WORDS = Words(
    tables={
        "approvals": "an approval",
        "signature_proofs": "the proof of a signature",
        "signing_links": "a link to sign by",
    },
    rules={
        **dict.fromkeys(
            ("signature_proofs_stage_key_check", "signing_links_issued_by_code_check", "signing_links_stage_key_check"),
            TEXT,
        ),
        "approvals_four_eyes": "must not be used by who has given it",
        "approvals_hold_reason_check": "must name the reason of a hold, such as contract_dispute",
        "approvals_used_whole": "must say when it was used, by whom and by which command, or nothing of it",
        "signature_proofs_digest_check": "must have a SHA-256 of 64 hexadecimal digits",
        "signature_proofs_of_one": "must be of an account or of a signing link, and not of both",
        "signature_proofs_printed_name_check": "must not be empty, and at most 200 characters long",
        "signing_links_capacity_check": "must not be empty, and at most 100 characters long",
        "signing_links_code_check": "must have a code such as SL-0123456789AB",
        "signing_links_printed_name_check": "must not be empty, and at most 200 characters long",
        "stage_execution_data_signature_check": (
            "must be an object with the SHA-256 of what was signed, and go with name, time and meaning"
        ),
    },
)
