"""Machines of a simulated house: what runs in one ends with it, between two lines, without a last word."""

import asyncio
import ctypes
from collections.abc import Callable, Coroutine
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

T = TypeVar("T")

_DEAD: list[asyncio.Task[Any]] = []
"""Tasks of killed machines. They are kept for good, beyond the interpreter's own end: to free a coroutine runs its
`finally`, and the dead do nothing."""
ctypes.pythonapi.Py_IncRef(ctypes.py_object(_DEAD))


class Node:
    """One life of one machine. After a kill a new `Node` of the same name begins, with the same disks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.frozen: list[Callable[[], None]] | None = None
        """While it is stopped: what is due and waits, in its order."""
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def begin(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Run on this machine, which lives: whatever `work` starts belongs to it, too."""
        assert self.alive, f"{self.name} is dead"
        context = copy_context()
        context.run(NODE.set, self)
        return asyncio.get_running_loop().create_task(work, context=context)

    def keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks[task] = None
        task.add_done_callback(self._done, context=NOWHERE)

    def freeze(self) -> None:
        """As SIGSTOP: nothing of it happens until it is thawed, and then all that was due meanwhile."""
        if self.frozen is None:
            self.frozen = []

    def thaw(self) -> None:
        due, self.frozen = self.frozen, None
        for again in due or ():
            again()

    def kill(self) -> None:
        """kill -9: what is waiting is never woken."""
        self.alive = False
        for task in self._tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # asyncio would lament at exit
            asyncio.tasks._unregister_task(task)  # nor may the loop's end cancel the dead
        _DEAD.extend(self._tasks)
        self._tasks = {}

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)


NODE: ContextVar[Node | None] = ContextVar("node", default=None)
NOWHERE = copy_context()
"""The context of what happens on no machine, such as a message on its way."""
