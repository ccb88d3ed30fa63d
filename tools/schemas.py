"""Writes vectors/schemas/*.json: one JSON Schema for each wire message, from its Python type. Part of `make bless`."""

import inspect
import json
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from types import ModuleType

import msgspec

from matinee.wire import (
    accounts,
    beacons,
    callers,
    events,
    fill,
    health,
    purge,
    releases,
    revocations,
    rollout,
    tickets,
)

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "vectors" / "schemas"

# What travels as a message of its own; the parts of a message are in its schema.
PARTS = {
    "Segment",
    "StoredFile",
    "Track",
    "ContentKey",
    "Marker",
    "Thumbnails",
    "FillOrder",
    "FillProgress",
    "Tombstone",
    "Revocation",
    "Streamed",
    "Said",
    "SessionAccount",
    "KeyRing",
    "Counts",
    "SlotReport",
}
ROOMS: tuple[ModuleType, ...] = (
    accounts,
    beacons,
    callers,
    events,
    fill,
    health,
    purge,
    releases,
    revocations,
    rollout,
    tickets,
)


def messages() -> Iterator[tuple[str, type]]:
    """Every wire message with its file name: `PlaybackStarted` of `events` is `events.playback-started`."""
    for room in ROOMS:
        for name, kind in vars(room).items():
            if inspect.isclass(kind) and is_dataclass(kind) and kind.__module__ == room.__name__ and name not in PARTS:
                yield f"{room.__name__.rsplit('.', 1)[-1]}.{_dashed(name)}", kind


def schemas() -> dict[str, str]:
    """File names and what belongs in them."""
    return {f"{name}.json": render(msgspec.json.schema(kind)) for name, kind in messages()}


def render(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _dashed(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = schemas()
    for old in FOLDER.glob("*.json"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
