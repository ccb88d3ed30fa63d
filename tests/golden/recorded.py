"""Files that say what is right. `MATINEE_BLESS=1` writes them anew; the diff is reviewed."""

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
BLESSING = os.environ.get("MATINEE_BLESS") == "1"


def check(name: str, text: str) -> None:
    """Compare with what is recorded, byte for byte."""
    path = FOLDER / name
    if BLESSING:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    if not path.exists():
        pytest.fail(f"{name} is not recorded yet. Run make bless and look at what it wrote.")
    assert text == path.read_bytes().decode(), f"{name} has changed. If it should have, run make bless."
