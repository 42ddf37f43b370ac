"""The columns of every view, pinned: whoever reads a view by name or position finds what was promised."""

from __future__ import annotations

from typing import Any

import pytest

from migrations import runner
from migrations.objects import Kind, read_objects
from models.vocabulary.equipment import InstalledContext

VIEWS = {name: one for name, one in read_objects(runner.FOLDER / "sql").items() if one.kind is Kind.VIEW}

PINNED = {
    "active_workflows_overview": """
        ticket_id uuid, number text, instance_id uuid, workflow_id text, ticket_status text, priority text,
        serial text, equipment_type_name text, manufacturer_name text, model text, installed_context text,
        customer_code text, customer_name text, site_name text, template_code text, template_name text,
        template_version integer, current_stages text[], current_stage_names text[],
        completion_percentage numeric(5,2), issues_raised integer, latest_issue text,
        latest_issue_at timestamp with time zone, sla_state text, due_at timestamp with time zone,
        clocks_met bigint, clocks_breached bigint, opened_at timestamp with time zone, age interval,
        engineers text[]
    """,
    "ai_cost_summary": """
        day date, provider_code text, provider_name text, model_code text, model_name text, requests bigint,
        failed_requests bigint, input_tokens bigint, cached_input_tokens bigint, output_tokens bigint,
        cost_usd numeric, cost_per_request_usd numeric
    """,
    "ai_performance_summary": """
        provider_code text, provider_name text, model_code text, model_name text, task text, requests bigint,
        errors bigint, error_rate numeric, input_tokens bigint, cached_input_tokens bigint, output_tokens bigint,
        cost_usd numeric, average_latency interval, p95_latency interval, results bigint, verified bigint,
        correct bigint, accuracy numeric, mean_confidence numeric, abstentions bigint
    """,
    "context_specific_parts_view": """
        equipment_type_code text, equipment_type_name text, installed_context text, priority text,
        priority_order integer, part_id uuid, part_number text, part_name text, category text,
        manufacturer_code text, manufacturer_name text, models text[], is_oem boolean, quantity integer,
        requirements text, notes text, stock_quantity integer, stock_status text, unit_price numeric(12,2),
        currency text, lead_time interval, alternatives_count bigint, alternatives_in_stock bigint
    """,
    "engineer_certification_status": """
        certification_id uuid, engineer_id uuid, engineer_code text, engineer_name text, engineer_active boolean,
        certification text, issuing_organization text, certificate_number text, equipment_type_code text,
        equipment_type_name text, manufacturer_code text, manufacturer_name text, issued_on date, expires_on date,
        revoked_on date, status text, days_until_expiry integer, renewal_state text, renewal_requested_on date,
        renewed_by text
    """,
    "engineer_expertise_matrix": """
        expertise_id uuid, engineer_id uuid, engineer_code text, engineer_name text, equipment_type_code text,
        equipment_type_name text, manufacturer_code text, manufacturer_name text, support_level text,
        capabilities text[], years_of_experience numeric(4,1), required_certification text,
        certification_active boolean, certified_until date, expertise_active boolean, engineer_active boolean,
        usable_today boolean
    """,
    "equipment_catalog_overview": """
        equipment_type_id uuid, code text, name text, category text, use_case text, maintenance_interval interval,
        maintenance_requirements text, parts_total bigint, parts_oem bigint, parts_compatible bigint,
        parts_in_stock bigint, parts_low_stock bigint, parts_out_of_stock bigint, parts_discontinued bigint,
        units_installed bigint, units_icu bigint, units_ward bigint, units_operating_room bigint,
        units_emergency bigint, units_imaging bigint, units_laboratory bigint, units_decommissioned bigint
    """,
    "offer_answers_overview": """
        number text, stage_key text, visit integer, support_level text, offer integer, place integer,
        engineer_code text, serial text, equipment_type text, customer_code text, site_code text, named boolean,
        answer text, decline_reason text, ended_because text, asked_at timestamp with time zone,
        answer_until timestamp with time zone, answered_at timestamp with time zone, answered_after interval
    """,
    "parts_inventory_status": """
        part_id uuid, part_number text, name text, category text, equipment_type_code text,
        equipment_type_name text, manufacturer_code text, manufacturer_name text, is_oem boolean,
        discontinued boolean, stock_quantity integer, reorder_level integer, stock_status text,
        unit_price numeric(12,2), currency text, stock_value numeric, lead_time interval, lifespan interval,
        tickets_used bigint, quantity_used_90_days bigint, quantity_used bigint, quantity_wasted bigint,
        quantity_returned bigint, quantity_outstanding bigint, quantity_to_order bigint, days_of_stock_left numeric
    """,
    "parts_procurement_status": """
        ticket_id uuid, number text, ticket_status text, lines bigint, identified bigint, requested bigint,
        ordered bigint, received bigint, used bigint, cancelled bigint, quantity_identified bigint,
        quantity_ordered bigint, quantity_received bigint, quantity_used bigint, quantity_returned bigint,
        quantity_wasted bigint, quantity_outstanding bigint, currency text, estimated_cost numeric,
        lines_without_estimate bigint, actual_cost numeric, lines_without_actual bigint,
        next_expected_at timestamp with time zone, overdue bigint, everything_received boolean
    """,
    "service_config_hierarchy": """
        configuration_id uuid, code text, level text, specificity_rank integer, equipment_type_code text,
        equipment_type_name text, manufacturer_code text, manufacturer_name text, service_provider text,
        parts_provider text, response_target interval, parts_lead_time interval, oem_parts_only boolean,
        manufacturer_desk text, active boolean, valid_from timestamp with time zone,
        valid_to timestamp with time zone, in_force boolean
    """,
    "stage_execution_overview": """
        ticket_id uuid, number text, ticket_status text, transition_id uuid, position integer, stage_key text,
        stage_name text, stage_type text, visit integer, status text, outcome text, reason text, support_level text,
        entered_at timestamp with time zone, finished_at timestamp with time zone, duration interval,
        time_in_stage interval, primary_engineer_code text, engineers_count bigint, parts_count bigint,
        parts_outstanding bigint, attachments_count bigint, checklist_required integer, checklist_done integer,
        checklist_percentage numeric, clock_state text, target interval, clock_elapsed interval,
        clock_due_at timestamp with time zone
    """,
    "workflow_stage_summary": """
        template_code text, stage_key text, stage_name text, stage_type text, position integer, target interval,
        visits bigint, pending bigint, in_progress bigint, blocked bigint, completed bigint, skipped bigint,
        abandoned bigint, further_visits bigint, average_duration interval, median_duration interval,
        p90_duration interval, clocks_met bigint, clocks_breached bigint, sla_compliance numeric
    """,
    "workflow_template_hierarchy": """
        template_id uuid, code text, name text, version integer, workflow_type text, level text,
        specificity_rank integer, hierarchy text, equipment_type_code text, equipment_type_name text,
        manufacturer_code text, manufacturer_name text, total_stages bigint, total_target_duration interval,
        resolution_target interval, stage_path text, active boolean, valid_from timestamp with time zone,
        valid_to timestamp with time zone, in_force boolean, selected boolean, running_tickets bigint
    """,
}


def columns(view: str) -> list[tuple[str, str]]:
    """Names and types of a view, in order, as they are pinned."""
    pairs = [one.partition(" ") for one in " ".join(PINNED[view].split()).split(", ")]
    return [(name, kind) for name, _, kind in pairs]


async def test_the_pinned_views_are_those_of_the_house(sql: Any) -> None:
    rows = await sql.fetch("SELECT viewname FROM pg_views WHERE schemaname = 'public'")
    assert PINNED.keys() == VIEWS.keys() == {row["viewname"] for row in rows}


@pytest.mark.parametrize("view", PINNED)
async def test_a_view_has_exactly_its_columns(sql: Any, view: str) -> None:
    rows = await sql.fetch(
        "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute "
        "WHERE attrelid = $1::text::regclass AND attnum > 0 ORDER BY attnum",
        view,
    )
    assert [(row["attname"], row["type"]) for row in rows] == columns(view)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_says_its_grain_and_names_its_columns(view: str) -> None:
    header, _, query = VIEWS[view].sql.partition("CREATE VIEW")
    assert "one row per " in " ".join(line.removeprefix("-- ") for line in header.splitlines())
    assert "*" not in query.replace("count(*)", "").replace("[*]", "").replace(" * ", "")


def test_units_are_counted_in_every_context() -> None:
    counted = {name for name, _ in columns("equipment_catalog_overview") if name.startswith("units_")}
    assert counted - {"units_installed", "units_decommissioned"} == {f"units_{one}" for one in InstalledContext}
