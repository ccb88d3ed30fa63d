"""Catalog listens to the studio and to steering: releases become known, then placed, then current."""

from collections.abc import Awaitable, Callable

from matinee.control.catalog.api import Catalog
from matinee.wire.events import Envelope, ReleaseReady

TOPIC, GROUP = ReleaseReady.topic, "catalog"


def consumer(catalog: Catalog) -> Callable[[Envelope], Awaitable[None]]:
    return catalog.note
