"""The rights in a database, compared with what is decided: only the difference is changed.

A role that the cluster does not have yet is left out: `fieldcare db roles` makes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from migrations.grants import PUBLIC, SHUT_FOR_ALL, DatabaseRole, Privilege, decided, is_decided


@dataclass(frozen=True, slots=True)
class Grants:
    """How the rights in a database differ from what is decided.

    Attributes:
        missing: what has to be granted.
        surplus: what has to be revoked.
        out_of_reach: surplus and missing ones of things that whoever asked does not own and so can't change.
        strangers: rights that somebody gave to other roles: theirs to answer for, left alone.
        undecided: what `migrations.grants` says nothing about. Its rights are left alone.
    """

    missing: tuple[Privilege, ...]
    surplus: tuple[Privilege, ...]
    out_of_reach: tuple[tuple[Privilege, ...], tuple[Privilege, ...]]
    strangers: tuple[Privilege, ...]
    undecided: tuple[str, ...]

    @property
    def differ(self) -> bool:
        """Whether `apply_grants()` would change anything."""
        return bool(self.missing or self.surplus)

    @property
    def handover(self) -> tuple[str, ...]:
        """What the owner of the things that are out of reach would have to run."""
        revoked, granted = self.out_of_reach
        return (*_statements("REVOKE", revoked), *_statements("GRANT", granted))


async def read_grants(connection: Any) -> Grants:
    """Compare the rights in the database of an asyncpg connection with what is decided. Changes nothing."""
    found = await connection.fetch(_THINGS, list(SHUT_FOR_ALL))
    managed_objects: set[str] = set()
    if any(thing["name"] == "managed_sql_objects" for thing in found):
        managed_objects = {row["name"] for row in await connection.fetch("SELECT name FROM public.managed_sql_objects")}
    things = [thing for thing in found if is_decided(thing, managed_objects)]
    known = {(thing["kind"], thing["target"]) for thing in things}
    roles = {row["rolname"] for row in await connection.fetch(_ROLES, list(DatabaseRole))}
    managed = {PUBLIC, *roles}
    actual: set[Privilege] = set()
    strangers: set[Privilege] = set()
    for row in await connection.fetch(_PRIVILEGES, list(SHUT_FOR_ALL)):
        one = Privilege(
            row["kind"], row["target"], row["colname"], row["grantee"], row["privilege_type"], row["is_grantable"]
        )
        if one[:2] not in known:
            continue
        if one.grantee in managed:
            actual.add(one)
        elif one.grantee not in set(DatabaseRole) and not _is_of_postgresql(one):
            strangers.add(one)
    wanted = {one for thing in things for one in decided(thing) if one.grantee in roles}
    ours = {(thing["kind"], thing["target"]) for thing in things if thing["ours"]}
    missing, surplus = sorted(wanted - actual), sorted(actual - wanted)
    return Grants(
        missing=tuple(one for one in missing if one[:2] in ours),
        surplus=tuple(one for one in surplus if one[:2] in ours),
        out_of_reach=(
            tuple(one for one in surplus if one[:2] not in ours),
            tuple(one for one in missing if one[:2] not in ours),
        ),
        strangers=tuple(sorted(strangers)),
        undecided=tuple(sorted(thing["name"] for thing in found if not is_decided(thing, managed_objects))),
    )


async def apply_grants(connection: Any) -> tuple[str, ...]:
    """Bring the rights to what is decided, in the transaction of an asyncpg connection; returns the statements.

    What the current role does not own is left as it is (`Grants.out_of_reach`).
    """
    grants = await read_grants(connection)
    revoked = tuple(_statements("REVOKE", grants.surplus))
    if revoked:
        await connection.execute(";\n".join(revoked))
        # What is revoked of a whole table is revoked of its columns as well, also where it is decided to be granted.
        grants = await read_grants(connection)
    granted = tuple(_statements("GRANT", grants.missing))
    if granted:
        await connection.execute(";\n".join(granted))
    return (*revoked, *granted)


def _is_of_postgresql(one: Privilege) -> bool:
    """What its own roles have on its own functions, such as pg_monitor on pg_ls_logdir()."""
    return one.target.startswith("pg_catalog.") and one.grantee.startswith("pg_")


def _statements(verb: str, privileges: Iterable[Privilege]) -> Iterable[str]:
    """GRANT or REVOKE, one for each thing and role. Names are the catalog's own, quoted by it."""
    preposition = "TO" if verb == "GRANT" else "FROM"
    ordered = sorted(privileges, key=lambda one: (one.kind, one.target, one.grantee))
    for (kind, target, grantee), group in groupby(ordered, key=lambda one: (one.kind, one.target, one.grantee)):
        rights = ", ".join(f"{one.right} ({one.column})" if one.column else one.right for one in group)
        yield f"{verb} {rights} ON {kind.upper()} {target} {preposition} {grantee}"


_ROLES = "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1::text[])"

# What belongs to an extension is the extension's: nobody reaches it who may not use the schema.
_OURS = """
    relation AS (
        SELECT c.*, format('%I.%I', n.nspname, c.relname) AS target
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
            AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
    ),
    routine AS (
        SELECT p.*, format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)) AS target
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE p.prokind = 'f' AND (
            n.nspname = 'public' AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
            OR n.nspname = 'pg_catalog' AND (
                p.proname = ANY ($1::text[])
                -- What PostgreSQL itself keeps from everybody, such as pg_read_file().
                OR p.proacl IS NOT NULL AND EXISTS (
                    SELECT FROM pg_init_privs AS i
                    WHERE i.objoid = p.oid AND i.classoid = 'pg_proc'::regclass AND i.objsubid = 0
                        AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) AS e WHERE e.grantee = 0)
                )
            )
        )
    )
"""

_THINGS = f"""
    WITH {_OURS}
    SELECT 'database' AS kind, d.datname::text AS name, format('%I', d.datname) AS target, '' AS relkind,
        false AS identity, false AS is_trigger, false AS reads_only, NULL::text[] AS columns,
        pg_has_role(d.datdba, 'USAGE') AS ours, false AS of_postgresql
    FROM pg_database AS d WHERE d.datname = current_database()
    UNION ALL
    SELECT 'schema', n.nspname, format('%I', n.nspname), '', false, false, false, NULL,
        pg_has_role(n.nspowner, 'USAGE'), false
    FROM pg_namespace AS n WHERE n.nspname = 'public'
    UNION ALL
    SELECT CASE r.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, r.relname, r.target, r.relkind::text,
        EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = r.oid AND d.deptype = 'i'), false, false,
        (
            SELECT array_agg(quote_ident(a.attname) ORDER BY a.attnum)
            FROM pg_attribute AS a
            WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        ),
        pg_has_role(r.relowner, 'USAGE'), false
    FROM relation AS r
    UNION ALL
    SELECT 'function', p.proname, p.target, '', false, p.prorettype = 'trigger'::regtype, p.provolatile <> 'v', NULL,
        pg_has_role(p.proowner, 'USAGE'), p.pronamespace = 'pg_catalog'::regnamespace
    FROM routine AS p
    UNION ALL
    -- Settings that somebody let others than superusers change.
    SELECT 'parameter', a.parname, quote_ident(a.parname), '', false, false, false, NULL,
        (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user), true
    FROM pg_parameter_acl AS a
"""  # noqa: S608 - of this module's own text

_PRIVILEGES = f"""
    WITH {_OURS},
    acl AS (
        SELECT 'database' AS kind, format('%I', d.datname) AS target, '' AS colname, d.datdba AS owner,
            COALESCE(d.datacl, acldefault('d', d.datdba)) AS entries
        FROM pg_database AS d WHERE d.datname = current_database()
        UNION ALL
        SELECT 'schema', format('%I', n.nspname), '', n.nspowner, COALESCE(n.nspacl, acldefault('n', n.nspowner))
        FROM pg_namespace AS n WHERE n.nspname = 'public'
        UNION ALL
        SELECT CASE r.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, r.target, '', r.relowner,
            COALESCE(r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", r.relowner))
        FROM relation AS r
        UNION ALL
        SELECT 'table', r.target, quote_ident(a.attname), r.relowner, a.attacl
        FROM relation AS r
        JOIN pg_attribute AS a ON a.attrelid = r.oid
        WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attacl IS NOT NULL
        UNION ALL
        SELECT 'function', p.target, '', p.proowner, COALESCE(p.proacl, acldefault('f', p.proowner))
        FROM routine AS p
        UNION ALL
        SELECT 'parameter', quote_ident(a.parname), '', 10, a.paracl
        FROM pg_parameter_acl AS a
    )
    SELECT DISTINCT acl.kind, acl.target, acl.colname,
        CASE e.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(e.grantee)::text END AS grantee,
        e.privilege_type, e.is_grantable
    FROM acl
    CROSS JOIN LATERAL aclexplode(acl.entries) AS e
    WHERE e.grantee <> acl.owner
"""  # noqa: S608 - likewise
