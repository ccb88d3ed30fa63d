"""What an operator may order to be purged."""

import re

from matinee.control.steering.api import PurgeOrder
from matinee.kernel.errors import InvalidInput
from matinee.wire.releases import RELEASE_FILE

_NAME = r"[A-Za-z0-9_][A-Za-z0-9._\-]{0,127}"
_FILE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_\-]{{0,31}}/{_NAME}/{_NAME}\Z")
_REASON_MAX = 500


def check(order: PurgeOrder) -> None:
    """Raises `InvalidInput` saying what is missing, or too much."""
    if not order.reason.strip() or len(order.reason) > _REASON_MAX:
        raise InvalidInput(f"Say why, in {_REASON_MAX} characters at most: it is kept.", field="reason")
    if (order.title_id is None) == (order.release_id is None):
        raise InvalidInput("Name a title, or one release: title_id or release_id.", field="title_id")
    if order.path is not None and order.release_id is None:
        raise InvalidInput("A file is of a release: name it by release_id and path.", field="path")
    if order.path == RELEASE_FILE:
        raise InvalidInput(f"Without {RELEASE_FILE} there is no release: purge all of it.", field="path")
    if order.path is not None and not _FILE.match(order.path):
        raise InvalidInput("A file's path below its release is tier/track/file, as hd/v1/12.m4s.", field="path")
    if order.refetch and order.path is None:
        raise InvalidInput("Only a single file can be fetched anew: name it by path.", field="refetch")
    if order.appliance_id is not None and not order.refetch:
        raise InvalidInput(
            "What is purged for good is purged everywhere; one appliance's copy of a file can be fetched anew (refetch).",
            field="appliance_id",
        )
