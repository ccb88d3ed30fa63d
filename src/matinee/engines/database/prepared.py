"""Queries that are asked again and again, compiled once and then run as they are.

Of a point read SQLAlchemy's way from the statement to its rows is two thirds: looking for the compiled text, contexts,
events. A query that a store keeps and asks a second time is remembered here with all that this way finds out anew: its
text, what makes its parameters, what reads its columns. One that is built for each call is asked once, and left alone.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Dialect, Executable, Row, Select
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import ResourceClosedError
from sqlalchemy.sql.compiler import SQLCompiler

_Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    parameters: tuple[tuple[str, bool, Any, _Process | None], ...]
    """Name, whether it must be given, what it is else, and what makes the driver's value of it."""
    columns: SimpleResultMetaData

    def run(self, raw: sqlite3.Connection, given: Mapping[str, object]) -> "Found":
        values = []
        for name, is_required, value, process in self.parameters:
            found = given[name] if is_required else given.get(name, value)
            values.append(found if process is None else process(found))
        # All rows at once: a unit of work reads what it asked for, and an interruption is met here.
        return Found(self.columns, raw.execute(self.text, values).fetchall())


class Found:
    """SQLAlchemy's result, made where more is asked of it than its rows. Each row is had once."""

    __slots__ = ("_columns", "_result", "_rows")

    def __init__(self, columns: SimpleResultMetaData, rows: list[Any]) -> None:
        self._columns = columns
        self._rows: list[Any] | None = rows
        self._result: IteratorResult[Any] | None = None

    rowcount = -1
    """A driver does not count what is read."""

    def first(self) -> Row[Any] | None:
        if self._result is not None:
            return self._result.first()
        rows = self._taken()
        self.close()
        return self._row(rows[0]) if rows else None

    def all(self) -> list[Row[Any]]:
        return [self._row(each) for each in self._taken()] if self._result is None else list(self._result.all())

    def __iter__(self) -> Iterator[Row[Any]]:
        return iter(self.all())

    def __next__(self) -> Row[Any]:
        return next(self._whole())

    def __getattr__(self, name: str) -> Any:  # of whatever a result has
        return getattr(self._whole(), name)

    def close(self) -> None:
        self._rows = None
        if self._result is not None:
            self._result.close()

    def _whole(self) -> IteratorResult[Any]:
        if self._result is None:
            self._result = IteratorResult(self._columns, iter(self._taken()))
        return self._result

    def _taken(self) -> list[Any]:
        if self._rows is None:
            raise ResourceClosedError("This result is closed: it was read, or its transaction has ended.")
        rows, self._rows = self._rows, []
        return rows

    def _row(self, values: Any) -> Row[Any]:
        columns = self._columns
        return Row(columns, columns._processors, columns._key_to_index, values)


class Prepared:
    """Of one connection."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._asked: WeakSet[Executable] = WeakSet()
        self._known: WeakKeyDictionary[Executable, Query | None] = WeakKeyDictionary()

    def find(self, statement: Executable) -> Query | None:
        """None: SQLAlchemy is to run it."""
        if not isinstance(statement, Select):
            return None
        try:
            return self._known[statement]
        except KeyError:
            if statement not in self._asked:
                self._asked.add(statement)
                return None
        found = self._known[statement] = _compiled(statement, self._dialect)
        return found


def _compiled(statement: Select[Any], dialect: Dialect) -> Query | None:
    compiled = statement.compile(dialect=dialect)
    # A list of values is spelled out anew for each call, by its length.
    if not isinstance(compiled, SQLCompiler) or compiled.post_compile_params or compiled.literal_execute_params:
        return None
    return Query(
        compiled.string,
        tuple(_parameters(compiled, dialect)),
        SimpleResultMetaData(
            [column.keyname for column in compiled._result_columns],
            # A column itself is a key as well, as its name is.
            extra=[
                tuple(key for key in column.objects if not isinstance(key, str)) for column in compiled._result_columns
            ],
            _processors=_processors(compiled, dialect),
        ),
    )


def _parameters(compiled: SQLCompiler, dialect: Dialect) -> Iterable[tuple[str, bool, Any, _Process | None]]:
    for name in compiled.positiontup or ():
        bound = compiled.binds[name]
        yield bound.key, bound.required, bound.effective_value, bound.type.dialect_impl(dialect).bind_processor(dialect)


def _processors(compiled: SQLCompiler, dialect: Dialect) -> list[Any]:
    return [
        column.type.dialect_impl(dialect).result_processor(dialect, None)  # SQLite tells no type
        for column in compiled._result_columns
    ]
