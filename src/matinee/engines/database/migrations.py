'''Bring every domain's tables to their newest form: Alembic, one chain of revisions a domain, one transaction for all.

A domain keeps its revisions in a folder beside its store, one file each, numbered in order:

    src/matinee/control/<domain>/migrations/0001_first.py

    """The tables of a domain as they began."""

    import sqlalchemy as sa
    from alembic import op

    from matinee.engines.database.port import At

    revision = "0001"
    down_revision = None

    def upgrade() -> None:
        op.create_table(
            "plan",
            sa.Column("id", sa.Text, primary_key=True),
            sa.Column("changed_at", At, nullable=False),
        )

The next one is `0002_<what changes>.py` with `revision = "0002"` and `down_revision = "0001"`; it may also move data, with
`op.get_bind().execute(...)`. Columns of an existing table change inside `with op.batch_alter_table("plan") as table:`,
which SQLite needs and other databases ignore. A revision never imports the store: it says what the tables were then.
There is no downgrade: the way back is the copy that is made before an existing database is migrated. Each domain's
position is kept in its own table, `alembic_version_<domain>`. `drift` says where revisions and tables disagree; a
domain's test asserts that it is empty.
'''

import threading
from collections.abc import Sequence

from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from matinee.engines.database.port import Schema
from matinee.kernel.errors import MatineeError

# Alembic's `op` is one name for the whole process, so two databases are not migrated at the same time.
_ONE_AT_A_TIME = threading.Lock()


class DatabaseNewer(MatineeError):
    """The tables were made by a later version of this program."""

    def __init__(self, domain: str, revision: str) -> None:
        super().__init__(
            f"The database has tables of {domain} from a newer Matinee (revision {revision}). "
            "Start that version again, or restore the copy that it made before it changed them."
        )


def pending(connection: Connection, schemas: Sequence[Schema]) -> list[str]:
    """What `upgrade` would do, as `<domain>-<revision>`; raises `DatabaseNewer` where it would go backwards."""
    steps: list[str] = []
    for schema in schemas:
        script = _script(schema)
        if script is None:
            continue
        heads = _context(connection, schema).get_current_heads()
        for head in heads:
            _known(script, schema.domain, head)
        wanted = script.get_heads()
        if len(wanted) > 1:
            raise ValueError(f"the migrations of {schema.domain} have several last revisions: {', '.join(wanted)}")
        if tuple(wanted) != heads:
            steps += [f"{schema.domain}-{head}" for head in wanted]
    return steps


def upgrade(connection: Connection, schemas: Sequence[Schema]) -> None:
    """Run every missing revision inside the transaction that `connection` is in; the caller commits."""
    with _ONE_AT_A_TIME:
        for schema in schemas:
            script = _script(schema)
            if script is None:
                schema.tables.create_all(connection)
                continue
            context = _context(connection, schema, script)
            with Operations.context(context):
                context.run_migrations()


def drift(connection: Connection, schemas: Sequence[Schema]) -> list[str]:
    """Where the tables that the revisions made differ from those the stores declare. Empty is good."""
    found: list[str] = []
    existing = set(inspect(connection).get_table_names())
    for schema in schemas:
        own = set(schema.tables.tables)
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _parents, own=own: kind != "table" or name in own,
            },
        )
        found += [f"{schema.domain}: {difference}" for difference in compare_metadata(context, schema.tables)]
        found += [f"{schema.domain}: table {name} is missing" for name in sorted(own - existing)]
    return found


def _script(schema: Schema) -> ScriptDirectory | None:
    if schema.migrations is None:
        return None
    folder = str(schema.migrations)
    return ScriptDirectory(folder, version_locations=[folder])


def _context(connection: Connection, schema: Schema, script: ScriptDirectory | None = None) -> MigrationContext:
    opts: dict[str, object] = {"version_table": f"alembic_version_{schema.domain}"}
    if script is not None:
        # Alembic's own command line builds the same list; the "head" of this domain's chain is where it ends.
        opts["fn"] = lambda current, _context: script._upgrade_revs("head", current)
    return MigrationContext.configure(connection, opts=opts)


def _known(script: ScriptDirectory, domain: str, revision: str) -> None:
    try:
        script.get_revision(revision)
    except CommandError:
        raise DatabaseNewer(domain, revision) from None
