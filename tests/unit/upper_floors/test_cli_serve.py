"""`matinee serve`: a part is not begun where it could only do harm."""

from pathlib import Path

import pytest

from matinee.cli import main


def test_a_folder_without_a_house_is_refused_and_left_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mistyped = tmp_path / "hosue"
    assert main(["serve", "catalog", "--data", str(mistyped), "--registry", "http://127.0.0.1:8403"]) == 2
    assert f"There is no house in {mistyped}. Begin it with `matinee up" in capsys.readouterr().err
    assert not mistyped.exists()


@pytest.mark.parametrize("registry", ["registry", "127.0.0.1:8403", "http://"])
def test_an_address_that_is_none_is_refused(registry: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stores").mkdir()
    assert main(["serve", "catalog", "--data", str(tmp_path), "--registry", registry]) == 2
    assert "is no address of a registry" in capsys.readouterr().err
