"""Alembic's environment: revisions run on the connection and in the transaction of `migrations.runner`."""

from __future__ import annotations

from alembic import context

from models.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Revisions run through `fieldcare db migrate`, together with the functions and views.")
context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=True)
with context.begin_transaction():
    context.run_migrations()
