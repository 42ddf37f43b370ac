"""Stage visits, assignments, the record of a visit."""

from __future__ import annotations

from models.refusals.words.kind import AMOUNT, JSON_LIST, JSON_OBJECT, POSITIVE, Words

WORDS = Words(
    tables={
        "offer_answers": "an answer to an offer",
        "stage_assignments": "an assignment",
        "stage_execution_data": "the record of a stage visit",
        "workflow_stage_transitions": "a stage visit",
    },
    columns={
        "instance_id": "workflow",
        "travel_distance_km": "travel distance in km",
    },
    column_rules={
        POSITIVE: "visit offer place",
        AMOUNT: "travel_distance_km",
        JSON_OBJECT: "actions forms test_results",
        JSON_LIST: "completion_criteria",
        "must be between 0 and 10": "customer_rating",
    },
    rules={
        "offer_answers_answered": "must say when it was answered exactly when it was",
        "offer_answers_asked": "must say from when until when an engineer is asked exactly when they were",
        "offer_answers_declined": "must have a reason for declining exactly when it was declined",
        "offer_answers_time_order": "must not be answered before it was asked",
        "stage_assignments_ended": "must have an end exactly when it is not active",
        "stage_assignments_time_order": "must not end before it was made",
        "stage_assignments_travel": "must not have a travel distance when it is remote: make it onsite or hybrid",
        "stage_execution_data_signed": "must have a signature before it has a date and a meaning of it",
        "workflow_stage_transitions_finished": (
            "must say when it was finished, by whom and in which role when it is completed or skipped, and only then"
        ),
        "workflow_stage_transitions_journey": (
            "must not have a journey that began before the stage was entered, or that ended before it began"
        ),
        "workflow_stage_transitions_time_order": (
            "must have been entered when it is in progress, and must not be finished before it was entered"
        ),
    },
    clashes={
        "offer_answers_one_asked": "the stage visit is offered to another engineer already: wait for their answer",
        "stage_assignments_one_primary": "the stage visit has a primary engineer already: release that one first",
    },
)
