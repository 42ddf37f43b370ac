"""Parts, and those that a ticket needs."""

from __future__ import annotations

from models.refusals.words.kind import AMOUNT, DURATION, NO_EMPTY_ENTRY, NOT_NEGATIVE, OPTIONAL_TEXT, POSITIVE, Words
from models.vocabulary.equipment import InstalledContext

WORDS = Words(
    tables={
        "equipment_compatibility": "an alternative to a part",
        "equipment_parts": "a part",
        "equipment_parts_context": "a context of a part",
        "ticket_parts_required": "a part on a ticket",
    },
    column_rules={
        OPTIONAL_TEXT: "supplier purchase_order approved_by_code",
        POSITIVE: "quantity_identified",
        NOT_NEGATIVE: (
            "stock_quantity reorder_level quantity_ordered quantity_received quantity_used "
            "quantity_returned quantity_wasted estimated_lead_time"
        ),
        AMOUNT: "unit_price estimated_unit_price actual_unit_price",
        DURATION: "lifespan",
        NO_EMPTY_ENTRY: "models",
        "must be a code of three capital letters, such as USD": "currency",
        "must be capital letters, digits, points, slashes and hyphens, beginning with a letter or digit": (
            "part_number"
        ),
        f"must be taken from {', '.join(InstalledContext)}": "contexts",
    },
    rules={
        "equipment_compatibility_not_itself": "must be another part",
        "ticket_parts_required_approved": "must say both who approved it and in which role, or neither",
        "ticket_parts_required_consumed": (
            "must not be used, returned and wasted in a larger quantity than was received: check the quantities"
        ),
        "ticket_parts_required_dated": "must have the date of every order, delivery and use that it has a quantity of",
        "ticket_parts_required_in_order": (
            "must be identified, requested, ordered, received and used in this order: check the dates, and that"
            " none of them is missing"
        ),
        "ticket_parts_required_lifecycle": (
            "must have the dates and quantities of its status and not those of a later one: check status, dates"
            " and quantities"
        ),
        "ticket_parts_required_received": "must not be received in a larger quantity than was ordered",
    },
    clashes={
        "equipment_compatibility_part_id_alternative_part_id_key": (
            "the part is an alternative to the other already: change that entry"
        ),
        "equipment_compatibility_one_interchangeable": (
            "the two parts are interchangeable already, which holds in both directions: change that entry"
        ),
        "equipment_parts_context_part_id_installed_context_key": "the part has an entry for this context already",
        "ticket_parts_required_part_of_visit_key": (
            "the part is on the list of this stage visit already: change the quantity there"
        ),
    },
)
