"""`matinee backup FILE` and `matinee restore FILE`."""

import argparse
import asyncio
from pathlib import Path

from matinee.app import archive
from matinee.cli.options import Subparsers, command, settings_of


def add_to(commands: Subparsers) -> None:
    backup = command(commands, "backup", _backup, summary="Copy everything into one file, also while the service runs")
    backup.add_argument("file", type=Path)
    restore = command(commands, "restore", _restore, summary="Bring a backup back into an empty data directory")
    restore.add_argument("file", type=Path)


async def _backup(options: argparse.Namespace) -> int:
    contents = await asyncio.to_thread(archive.back_up, settings_of(options).data, options.file.absolute())
    data = settings_of(options).data
    print(
        f"{len(contents.files)} files of {data} are in {options.file}. Keep it safe: it holds the keys to every film."
    )
    return 0


async def _restore(options: argparse.Namespace) -> int:
    data = settings_of(options).data
    contents = await asyncio.to_thread(archive.restore, options.file, data)
    print(f"{len(contents.files)} files are back in {data}. Start the service with: matinee up --data {data}")
    return 0
