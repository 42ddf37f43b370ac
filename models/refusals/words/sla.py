"""Clocks and calendars."""

from __future__ import annotations

from models.refusals.words.kind import DURATION, NOT_NEGATIVE, OPTIONAL_TEXT, VALID, Words

WORDS = Words(
    tables={
        "business_calendar_exceptions": "an exceptional opening of a calendar",
        "business_calendar_holidays": "a holiday of a calendar",
        "business_calendar_hours": "an opening of a calendar",
        "business_calendars": "a calendar",
        "sla_clocks": "an SLA clock",
        "sla_events": "an event of an SLA clock",
    },
    columns={
        "opens": "opening time",
        "closes": "closing time",
    },
    column_rules={
        OPTIONAL_TEXT: "holiday_region",
        NOT_NEGATIVE: "elapsed",
        DURATION: "target",
        "must be between 1 and 100": "percent",
        "must be between 1 (Monday) and 7 (Sunday)": "weekday",
        "must be before 24:00: midnight is 00:00": "opens closes",
        "must be a country's code of two capital letters, such as IN": "holiday_country",
    },
    rules={
        "business_calendar_holidays_half_day": (
            "must say both when it opens and when it closes, later on the same day; a night is an exceptional opening"
        ),
        "business_calendars_check": VALID,
        "business_calendars_code_check": "must have a code of small letters, digits and underscores, such as 24x7",
        "business_calendars_region_of_country": "must name the country of its holidays as well as the region",
        "sla_clocks_time_order": "must not end before it was started",
        "sla_events_check": "must have a percentage exactly when it is a threshold",
        "sla_events_counted_reopening": "must be a reopening to count from an earlier moment",
        "sla_events_lifted_by_correction": "must take thresholds back exactly when it is a correction",
        "sla_events_target_of_change": "must not have a target unless it is a start or a retarget",
        "sla_events_target_of_retarget": "must have a target when it is a retarget",
        "sla_events_told_later": "must not be told before it happened",
    },
    clashes={
        "business_calendar_exceptions_calendar_id_day_opens_key": (
            "the calendar has two exceptional openings of one day that begin at the same time: keep one"
        ),
        "business_calendar_holidays_calendar_id_day_key": "the calendar has a holiday on the same day twice: keep one",
        "business_calendar_hours_calendar_id_weekday_opens_key": (
            "the calendar has two openings of one weekday that begin at the same time: keep one"
        ),
    },
    overlaps={
        "business_calendar_exceptions_no_overlap": (
            "the exceptional opening overlaps with another of the same calendar: change one of them"
        ),
        "business_calendar_hours_no_overlap": (
            "the opening overlaps with another of the same calendar: change one of them"
        ),
    },
)
