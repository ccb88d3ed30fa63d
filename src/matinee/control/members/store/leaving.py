"""What an account takes along when it asks for its data, and what goes when it leaves."""

from typing import Any

import sqlalchemy as sa

from matinee.control.members.store.metadata import TABLES
from matinee.control.members.store.opening import end_letters
from matinee.engines.database.port import Work
from matinee.kernel.ids import AccountId, ProfileId

_PRIVATE = ("_hash", "wrapped_secret", "last_step", "tries")
"""Columns that say nothing of the account but how it is proved."""


def all_of(work: Work, account_id: AccountId, profile_ids: list[ProfileId]) -> dict[str, list[dict[str, Any]]]:
    """Each table of members with the rows that are the account's or its profiles'. New tables are in by their columns."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in TABLES.sorted_tables:
        which = _of(table, account_id, profile_ids)
        if which is None:
            continue
        shown = [c for c in table.columns if not c.name.endswith(_PRIVATE)]
        rows = work.execute(sa.select(*shown).where(which)).mappings()
        found[table.name] = [dict(row) for row in rows]
    return found


def erase(work: Work, account_id: AccountId, email: str, profile_ids: list[ProfileId]) -> None:
    """From every table, those first that point at others."""
    end_letters(work, account_id, email)
    for table in reversed(TABLES.sorted_tables):
        which = _of(table, account_id, profile_ids)
        if which is not None:
            work.execute(sa.delete(table).where(which))


def _of(table: sa.Table, account_id: AccountId, profile_ids: list[ProfileId]) -> sa.ColumnElement[bool] | None:
    if table.name == "account":
        return table.c.id == account_id
    if "account_id" in table.c:
        return table.c.account_id == account_id
    if "profile_id" in table.c:
        return table.c.profile_id.in_(profile_ids)
    return None
