"""Who may do what: the roles, their rights in this database, and as whom workers come."""

from __future__ import annotations

from collections.abc import AsyncIterator

from migrations.grants import DatabaseRole
from migrations.privileges import read_grants
from migrations.roles import ROLE_SETTINGS, connect, read_role
from models.database import engine_url, place
from starter.doctor.examination import Opinion, Patient, Problem, Verdict

MAKE = "fieldcare db roles"

SYSTEM = " pg_catalog."
"""Marks a statement about a function of PostgreSQL itself."""

_WHICH_DATABASE = "SELECT current_database(), pg_postmaster_start_time()"
"""The same row from every address of one database, and from no other."""


async def check_roles(patient: Patient) -> Opinion:
    """Whether both roles exist, are nothing more than they should be, and begin each session with their limits."""
    problems = []
    for role in DatabaseRole:
        state = await read_role(patient.connection, role)
        if not state.exists:
            problems.append(Problem(f"there is no role {role}", MAKE))
            continue
        problems += [Problem(f"{role} is {one}", MAKE) for one in sorted(state.attributes)]
        problems += [Problem(f"{role} is a member of {one}", f"REVOKE {one} FROM {role}") for one in state.memberships]
        has = state.settings or {}
        problems += [
            Problem(f"{role} begins with {name} = {has.get(name, 'the default of the server')}, not {value}", MAKE)
            for name, value in ROLE_SETTINGS[role].items()
            if has.get(name) != value
        ]
    return Opinion(" and ".join(DatabaseRole), problems)


async def check_rights(patient: Patient) -> Opinion:
    """Whether every role may do what is decided for it, and no more."""
    grants = await read_grants(patient.connection)
    problems = []
    if grants.surplus:
        some = "; ".join(sorted({f"{one.right} on {one.target} for {one.grantee}" for one in grants.surplus})[:3])
        problems.append(Problem(f"rights too many: {len(grants.surplus)} ({some})", "fieldcare db migrate"))
    if grants.missing:
        some = "; ".join(sorted({f"{one.right} on {one.target} for {one.grantee}" for one in grants.missing})[:3])
        problems.append(Problem(f"rights missing: {len(grants.missing)} ({some})", "fieldcare db migrate"))
    theirs = [one for one in grants.handover if SYSTEM not in one]
    if theirs:
        remedy = f"have an administrator run: {'; '.join(theirs)}"
        problems.append(Problem("rights are wrong on what the owner of the schema does not own", remedy))
    if open_for_all := sorted({one.target for one in grants.out_of_reach[0] if SYSTEM in f" {one.target}"}):
        # Not every hosted PostgreSQL has somebody who may shut them.
        remedy = f"have a superuser run: REVOKE EXECUTE ON FUNCTION {', '.join(open_for_all)} FROM public"
        sentence = "everybody who may connect can make large objects and write into the write-ahead log"
        problems.append(Problem(sentence, remedy, Verdict.NOTE))
    if grants.strangers:
        names = ", ".join(sorted({one.grantee for one in grants.strangers}))
        remedy = "revoke them, unless they are meant"
        problems.append(Problem(f"other roles have rights here: {names}", remedy, Verdict.NOTE))
    problems += [Problem(what, remedy, Verdict.NOTE) async for what, remedy in _elsewhere(patient)]
    return Opinion("as decided, nothing for anybody else", problems)


async def _elsewhere(patient: Patient) -> AsyncIterator[tuple[str, str]]:
    """What the roles have or can have beside the tables."""
    made = await patient.connection.fetch(
        """
        SELECT pg_get_userbyid(lomowner)::text AS role, count(*) AS objects
        FROM pg_largeobject_metadata WHERE pg_get_userbyid(lomowner) = ANY ($1::text[]) GROUP BY 1 ORDER BY 1
        """,
        list(DatabaseRole),
    )
    for row in made:
        remedy = "look at them, then SELECT lo_unlink(oid) FROM pg_largeobject_metadata for those of that role"
        yield f"{row['role']} has made large objects: {row['objects']}", remedy
    open_ = await patient.connection.fetch(
        """
        SELECT d.datname::text AS name FROM pg_database AS d
        WHERE d.datname IN ('postgres', 'template1') AND d.datallowconn AND EXISTS (
            SELECT FROM pg_roles AS r
            WHERE r.rolname = ANY ($1::text[]) AND has_database_privilege(r.oid, d.oid, 'CONNECT')
        )
        ORDER BY 1
        """,
        list(DatabaseRole),
    )
    if open_:
        names = [row["name"] for row in open_]
        yield (
            f"the roles may connect to {' and '.join(names)} as well, and fill those",
            f"have their owner run: REVOKE ALL ON DATABASE {', '.join(names)} FROM public",
        )


async def check_workers(patient: Patient) -> Opinion:
    """Whether workers and commands come as the role that is made for them."""
    if patient.workers_url is None:
        return Opinion("not asked")
    connection = await connect(patient.workers_url)
    try:
        user = await connection.fetchval("SELECT session_user::text")
        theirs = await connection.fetchrow(_WHICH_DATABASE)
    finally:
        await connection.close()
    if theirs != await patient.connection.fetchrow(_WHICH_DATABASE):
        sentence = f"workers and commands connect to another database: {place(engine_url(patient.workers_url))}"
        remedy = "set FIELDCARE_DATABASE_URL and FIELDCARE_ADMIN_DATABASE_URL to the same one"
        return Opinion("", [Problem(sentence, remedy)])
    if user == DatabaseRole.APPLICATION:
        return Opinion(f"connect as {user}")
    sentence = f"workers and commands connect as {user}, who may do more than they need"
    remedy = f"set FIELDCARE_DATABASE_URL to {DatabaseRole.APPLICATION} and FIELDCARE_ADMIN_DATABASE_URL to {user}"
    return Opinion("", [Problem(sentence, remedy, Verdict.NOTE)])
