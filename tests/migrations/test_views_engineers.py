"""Views of engineers and service configurations: who may do what today, who services what now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from tests.factories import HOUR, T0
from tests.migrations.view_scene import BARE_TYPE, MAKE, TYPE, Scene, open_scene, undone

DAY = timedelta(days=1)


@pytest_asyncio.fixture(scope="module")
async def module_scene(postgres_url: str) -> AsyncIterator[Scene]:
    async with open_scene(postgres_url) as opened:
        yield opened


@pytest_asyncio.fixture
async def scene(module_scene: Scene) -> AsyncIterator[Scene]:
    async with undone(module_scene) as opened:
        yield opened


@pytest_asyncio.fixture
async def today(scene: Scene) -> date:
    """Where the engineers of the scene live: UTC."""
    found: date = await scene.sql.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    return found


async def certify(scene: Scene, number: str, issued: date, expires: date | None, **values: Any) -> UUID:
    given = {"engineer_id": scene.ids["ZZ-E1"], "certification": "ZZ Service", "issuing_organization": "ZZ Board"}
    dates = {"certificate_number": number, "issued_on": issued, "expires_on": expires}
    return await scene.put("engineer_certifications", **given | dates | values)


async def teach(scene: Scene, engineer: str = "ZZ-E1", kind: str = TYPE, **values: Any) -> None:
    given = {"engineer_id": scene.ids[engineer], "equipment_type_id": scene.ids[kind], "support_level": "L2"}
    await scene.put("engineer_equipment_expertise", **given | {"capabilities": ["diagnose", "repair"]} | values)


# -- engineer_expertise_matrix -----------------------------------------------------------------------------------------


async def test_the_matrix_has_a_row_for_every_expertise(scene: Scene) -> None:
    await teach(scene, years_of_experience=Decimal("4.5"))
    await teach(scene, manufacturer_id=scene.ids[MAKE], support_level="L3", active=False)
    await teach(scene, kind=BARE_TYPE)
    rows = await scene.rows("engineer_expertise_matrix", engineer_code="ZZ-E1", equipment_type_code=TYPE)
    general, of_make = sorted(rows, key=lambda row: row["manufacturer_code"] or "")
    assert (general["equipment_type_name"], general["manufacturer_name"]) == ("ZZ Scope", None)
    assert (general["support_level"], general["capabilities"]) == ("L2", ["diagnose", "repair"])
    assert general["years_of_experience"] == Decimal("4.5")
    assert (general["required_certification"], general["certification_active"]) == (None, None)
    assert (general["expertise_active"], general["usable_today"]) == (True, True)
    assert (of_make["manufacturer_name"], of_make["support_level"]) == ("ZZ Make", "L3")
    assert (of_make["expertise_active"], of_make["usable_today"]) == (False, False)


async def test_an_engineer_without_expertise_is_not_in_the_matrix(scene: Scene) -> None:
    assert await scene.rows("engineer_expertise_matrix", engineer_code="ZZ-E2") == []


async def test_an_expertise_of_an_engineer_who_left_is_not_usable(scene: Scene) -> None:
    await teach(scene, "ZZ-E2")
    await scene.sql.execute("UPDATE engineers SET active = false WHERE code = 'ZZ-E2'")
    row = await scene.row("engineer_expertise_matrix", engineer_code="ZZ-E2")
    assert (row["engineer_active"], row["expertise_active"], row["usable_today"]) == (False, True, False)


@pytest.mark.parametrize(
    ("expires_in", "scope", "is_active"),
    [
        (0, {}, True),  # the last day counts
        (-1, {}, False),
        (20, {}, True),  # expiring is valid
        (None, {}, True),
        (400, {"equipment_type_id": TYPE}, True),
        (400, {"equipment_type_id": BARE_TYPE}, False),
        (400, {"manufacturer_id": MAKE}, False),  # the expertise is in any make
        (400, {"certification": "ZZ Other"}, False),
    ],
)
async def test_the_required_certification_must_be_valid_today(
    scene: Scene, today: date, expires_in: int | None, scope: dict[str, str], is_active: bool
) -> None:
    await teach(scene, required_certification="ZZ Service")
    expires = None if expires_in is None else today + expires_in * DAY
    await certify(scene, "ZZ-1", today - 900 * DAY, expires, **{k: scene.ids.get(v, v) for k, v in scope.items()})
    row = await scene.row("engineer_expertise_matrix", engineer_code="ZZ-E1")
    assert (row["certification_active"], row["usable_today"]) == (is_active, is_active)
    assert row["certified_until"] == (expires if is_active else None)


# -- engineer_certification_status -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issued_in", "expires_in", "revoked", "shown"),
    [
        (-900, 31, False, ("active", 31, "not_due")),
        (-900, 30, False, ("expiring", 30, "due")),
        (-900, 0, False, ("expiring", 0, "due")),
        (-900, -1, False, ("expired", -1, "due")),
        (-900, None, False, ("active", None, "not_due")),
        (-900, 10, True, ("revoked", 10, "not_due")),
        (1, 900, False, ("not_yet_valid", 900, "not_due")),
    ],
)
async def test_a_certificate_s_status_follows_from_its_dates(  # noqa: PLR0917 - a table of cases
    scene: Scene, today: date, issued_in: int, expires_in: int | None, revoked: bool, shown: tuple[Any, ...]
) -> None:
    expires = None if expires_in is None else today + expires_in * DAY
    await certify(scene, "ZZ-1", today + issued_in * DAY, expires, revoked_on=today if revoked else None)
    row = await scene.row("engineer_certification_status", certificate_number="ZZ-1")
    assert (row["status"], row["days_until_expiry"], row["renewal_state"]) == shown
    assert (row["engineer_code"], row["certification"], row["equipment_type_code"]) == ("ZZ-E1", "ZZ Service", None)


async def test_a_renewal_goes_from_due_to_requested_to_renewed(scene: Scene, today: date) -> None:
    async def state() -> tuple[str, str | None]:
        row = await scene.row("engineer_certification_status", certificate_number="ZZ-OLD")
        return row["renewal_state"], row["renewed_by"]

    old = await certify(scene, "ZZ-OLD", today - 900 * DAY, today + 5 * DAY)
    assert await state() == ("due", None)
    await scene.sql.execute("UPDATE engineer_certifications SET renewal_requested_on = $1 WHERE id = $2", today, old)
    assert await state() == ("requested", None)
    new = await certify(scene, "ZZ-NEW", today, today + 900 * DAY, renews_id=old)
    assert await state() == ("renewed", "ZZ-NEW")
    await scene.sql.execute("UPDATE engineer_certifications SET revoked_on = $1 WHERE id = $2", today, new)
    assert await state() == ("requested", None)


async def test_the_certificate_view_agrees_with_the_function(scene: Scene, today: date) -> None:
    for number, issued, expires in (("ZZ-1", -9, 3), ("ZZ-2", -90, -3), ("ZZ-3", -5, None), ("ZZ-4", 2, 99)):
        await certify(scene, number, today + issued * DAY, None if expires is None else today + expires * DAY)
    said = await scene.sql.fetch("SELECT * FROM get_engineer_certifications('ZZ-E1', $1, true)", today)
    rows = await scene.rows("engineer_certification_status", engineer_code="ZZ-E1")
    assert len(said) == 4
    assert {(one["certificate_number"], one["status"], one["days_left"], one["renewal"]) for one in said} == {
        (row["certificate_number"], row["status"], row["days_until_expiry"], row["renewal_state"]) for row in rows
    }


# -- service_config_hierarchy ------------------------------------------------------------------------------------------


async def configure(scene: Scene, code: str, **values: Any) -> None:
    given = {"service_provider": "geneqr", "parts_provider": "geneqr", "response_target": 4 * HOUR}
    rules = {"parts_lead_time": 2 * DAY, "oem_parts_only": False, "valid_from": T0.replace(year=2020)}
    await scene.put("manufacturer_service_config", code=code, **given | rules | values)


async def test_configurations_rank_as_the_selection_prefers_them(scene: Scene) -> None:
    await scene.sql.execute("UPDATE manufacturer_service_config SET active = false")
    kind, make = scene.ids[TYPE], scene.ids[MAKE]
    await configure(scene, "zz_both", equipment_type_id=kind, manufacturer_id=make)
    await configure(scene, "zz_type", equipment_type_id=kind)
    await configure(scene, "zz_make", manufacturer_id=make)
    await configure(scene, "zz_default")
    rows = await scene.rows("service_config_hierarchy", in_force=True)
    ranked = sorted(rows, key=lambda row: row["specificity_rank"])
    assert [(row["specificity_rank"], row["code"], row["level"]) for row in ranked] == [
        (1, "zz_both", "equipment"),
        (2, "zz_type", "equipment"),
        (3, "zz_make", "manufacturer"),
        (4, "zz_default", "default"),
    ]
    assert [(row["equipment_type_name"], row["manufacturer_name"]) for row in ranked] == [
        ("ZZ Scope", "ZZ Make"),
        ("ZZ Scope", None),
        (None, "ZZ Make"),
        (None, None),
    ]
    for row in ranked:  # what the selection finds, when the one before is out of the way
        chosen = await scene.sql.fetchrow(
            "SELECT c.* FROM equipment_registry e, get_service_configuration(e.id) c WHERE e.serial = 'ZZ-UNIT-1'"
        )
        assert (chosen["configuration_id"], chosen["selected_by"]) == (row["configuration_id"], row["level"])
        await scene.sql.execute(
            "UPDATE manufacturer_service_config SET active = false WHERE id = $1", row["configuration_id"]
        )


@pytest.mark.parametrize(
    ("starts_in", "ends_in", "active", "in_force"),
    [(0, None, True, True), (1, None, True, False), (-2, 0, True, False), (-2, 1, True, True), (-2, 1, False, False)],
)
async def test_a_configuration_is_in_force_while_active_and_within_its_time(
    scene: Scene, starts_in: int, ends_in: int | None, active: bool, in_force: bool
) -> None:
    now = await scene.sql.fetchval("SELECT now()")
    ends = None if ends_in is None else now + ends_in * DAY
    await configure(
        scene,
        "zz_timed",
        equipment_type_id=scene.ids[BARE_TYPE],
        valid_from=now + starts_in * DAY,
        valid_to=ends,
        active=active,
    )
    row = await scene.row("service_config_hierarchy", code="zz_timed")
    assert (row["in_force"], row["active"], row["valid_to"]) == (in_force, active, ends)


async def test_the_desk_is_the_manufacturer_s_where_it_services(scene: Scene) -> None:
    make = scene.ids[MAKE]
    await configure(scene, "zz_theirs", manufacturer_id=make, service_provider="manufacturer", oem_parts_only=True)
    await configure(scene, "zz_ours", equipment_type_id=scene.ids[TYPE], manufacturer_desk="unused")
    theirs = await scene.row("service_config_hierarchy", code="zz_theirs")
    assert (theirs["service_provider"], theirs["parts_provider"]) == ("manufacturer", "geneqr")
    assert (theirs["manufacturer_desk"], theirs["oem_parts_only"]) == ("desk@zz.example", True)
    assert (theirs["response_target"], theirs["parts_lead_time"]) == (4 * HOUR, 2 * DAY)
    assert (await scene.row("service_config_hierarchy", code="zz_ours"))["manufacturer_desk"] is None
