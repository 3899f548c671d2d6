"""How Alembic runs our migrations: on the connection that `digest.database` hands over."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
# SQLite changes a table by copying it: batch mode does so where it must.
context.configure(connection=connection, render_as_batch=True, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
