"""Where parts lie, how they move, and what is kept for tickets."""

from __future__ import annotations

from models.refusals.words.kind import JSON_OBJECT, NOT_NEGATIVE, TEXT, Words

WORDS = Words(
    tables={
        "stock_balances": "what a place holds of a part",
        "stock_events": "something done about stock",
        "stock_levels": "a level of a part at a place",
        "stock_locations": "a place for parts",
        "stock_lots": "a lot or serial number",
        "stock_movements": "a movement of parts",
        "stock_reservations": "a reservation",
    },
    column_rules={
        NOT_NEGATIVE: "reserved minimum",
        TEXT: "doing reserved_by_code",
        JSON_OBJECT: "said answer",
    },
    rules={
        "stock_locations_code_check": "must be 1 to 40 capital letters, digits, points, hyphens and underscores",
        "stock_lots_code_check": "must be 1 to 40 letters, digits and signs of ASCII, with no space at its ends",
        "stock_balances_quantity_check": "must not be below zero: fewer lie there",
        "stock_balances_allocated": "must hold what is kept there for tickets: release that first",
        "stock_levels_in_order": "must have a reorder point that is not below the minimum",
        "stock_locations_whose": "must have an engineer if it is a van, a site if it is consignment, and else neither",
        "stock_lots_blocked": "must have a reason where it is blocked, and only there",
        "stock_movements_ends": "must have the places that its kind has: where from, where to, or both, two of them",
        "stock_movements_of_transfer": "must name what was sent if it is what arrived, and only then",
        "stock_movements_of_ticket": "must name the ticket if parts were used or came back",
        "stock_movements_why": "must have a reason if it is a correction or waste",
        "stock_reservations_ended": "must have the time of its end if it has ended, and only then",
    },
    clashes={
        "stock_balances_once": "the place has a balance of this part and lot already",
        "stock_levels_part_id_location_id_key": "the part has a level at this place already: change that",
        "stock_lots_part_id_code_key": "the part has this lot or serial number already",
        "stock_lots_id_part_id_key": "the lot is there already",
    },
)
