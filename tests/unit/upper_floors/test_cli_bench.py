"""`matinee bench`: what cannot be measured is said before anything is."""

import pytest

from matinee.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("split", "--presses", "0"), "--presses cannot be 0: it must be at least 1."),
        (("crashes", "--kills", "-3"), "--kills cannot be -3: it must be at least 1."),
        (("sim", "--seeds", "0"), "--seeds cannot be 0: it must be at least 1."),
        (("sim", "--simulated", "nan"), "--simulated cannot be nan: it must be at least 1."),
        (("start", "--plays", "0"), "--plays cannot be 0: it must be at least 1."),
        (("start", "--requests", "0"), "--requests cannot be 0: it must be at least 1."),
        (("qc", "--seed", "abc"), "--seed cannot be 'abc': for qc it must be a whole number of at most 18 digits."),
        (
            ("markers", "--seed", "-1"),
            "--seed cannot be '-1': for markers it must be a whole number of at most 18 digits.",
        ),
        (("placement", "--days", "0"), "--days cannot be 0: it must be at least 1."),
        (("placement", "--plays", "99"), "--plays cannot be 99: placement needs at least 100."),
        (("placement", "--titles", "0"), "--titles cannot be 0: placement needs at least 100."),
        (
            ("placement", "--titles", "500", "--popularity", "hours.csv"),
            "--popularity says how many titles there are: leave --titles out.",
        ),
        (("nothing",), "There is no benchmark 'nothing'. `matinee bench --list` names them."),
    ],
)
def test_a_measurement_of_nothing_is_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *words]) == 2
    assert capsys.readouterr().err == f"matinee: {said}\n"
