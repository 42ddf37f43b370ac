"""Files of a stage visit."""

from __future__ import annotations

from models.refusals.words.kind import POSITIVE, SHA256, TEXT, Words

WORDS = Words(
    tables={
        "stage_attachments": "an attachment",
    },
    columns={
        "sha256": "SHA-256 hash",
        "size_bytes": "size in bytes",
    },
    column_rules={
        TEXT: "storage_key uploaded_by_code",
        POSITIVE: "size_bytes",
        SHA256: "sha256",
        "must be the name of a file without a folder": "file_name",
        "must be a media type such as image/jpeg": "media_type",
    },
    rules={
        "stage_attachments_deleted": "must not be deleted, or asked to be deleted, before it was uploaded",
        "stage_attachments_retention": (
            "must be kept at least until the day of its upload, and say until when if it contains personal data"
        ),
    },
    clashes={
        "stage_attachments_same_file_key": "the same file is attached there already",
    },
)
