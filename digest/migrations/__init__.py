"""Alembic's migrations: one chain, the same on SQLite and PostgreSQL."""
