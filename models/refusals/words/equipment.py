"""Manufacturers, types of equipment, units."""

from __future__ import annotations

from models.refusals.words.kind import (
    CODE_OF_CAPITALS,
    CODE_OF_SMALL_LETTERS,
    DURATION,
    NO_EMPTY_ENTRY,
    OPTIONAL_TEXT,
    TEXT,
    Words,
)

WORDS = Words(
    tables={
        "equipment_catalog": "a type of equipment",
        "equipment_registry": "a unit",
        "manufacturers": "a manufacturer",
    },
    columns={
        "udi": "UDI",
        "qr_token": "QR token",
    },
    column_rules={
        OPTIONAL_TEXT: "service_desk udi",
        TEXT: "serial model",
        DURATION: "maintenance_interval",
        NO_EMPTY_ENTRY: "synonyms",
        "must be at least 8 characters long": "qr_token",
        "must be codes of three capital letters": "product_codes",
    },
    rules={
        "equipment_catalog_code_check": CODE_OF_SMALL_LETTERS,
        "equipment_registry_check": "must not have a warranty that ends before the installation",
        "equipment_registry_check1": "must not have a contract that ends before the installation",
        "manufacturers_code_check": CODE_OF_CAPITALS,
    },
    strangers={
        "equipment_registry_site_id_customer_id_fkey": (
            "the site is not one of the customer: name a site of that customer"
        ),
    },
)
