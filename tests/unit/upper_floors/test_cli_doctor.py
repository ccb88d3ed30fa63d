"""What the doctor concludes from what it found."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from matinee.cli.doctor import (
    Check,
    Verdict,
    check_clock,
    check_cores,
    check_file_system,
    check_memory,
    check_python,
    check_space,
    check_walls,
    exit_status,
    render,
    render_json,
)
from matinee.kernel.confinement import Walls
from matinee.kernel.mounts import kind_of_file_system

GIB = 1 << 30
MOUNTS = "a / ext4\nb /srv nfs4\nc /srv/local xfs\nd /srv-more btrfs\ne /srv/local zfs\n"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/srv/films", "nfs4"), ("/srv/local/films", "zfs"), ("/srv-more/x", "btrfs"), ("/opt", "ext4")],
)
def test_a_folder_is_on_the_nearest_mount_above_it_and_the_last_of_equals(path: str, kind: str) -> None:
    assert kind_of_file_system(Path(path), MOUNTS) == kind


def test_where_no_mounts_are_told_the_file_system_is_unknown() -> None:
    assert kind_of_file_system(Path("/opt"), "") == "unknown"
    assert check_file_system(Path("/opt"), "unknown").verdict is Verdict.GOOD


@pytest.mark.parametrize(
    ("check", "verdict"),
    [
        (check_python((3, 10, 9)), Verdict.FAILED),
        (check_python((3, 11, 0)), Verdict.GOOD),
        (check_cores(1), Verdict.WARNING),
        (check_cores(2), Verdict.GOOD),
        (check_memory(None), Verdict.WARNING),
        (check_memory(GIB // 2), Verdict.FAILED),
        (check_memory(2 * GIB), Verdict.WARNING),
        (check_memory(8 * GIB), Verdict.GOOD),
        (check_space(GIB), Verdict.FAILED),
        (check_space(5 * GIB), Verdict.WARNING),
        (check_space(50 * GIB), Verdict.GOOD),
        (check_clock(datetime(1970, 1, 2, tzinfo=UTC)), Verdict.FAILED),
        (check_clock(datetime(2026, 11, 21, tzinfo=UTC)), Verdict.GOOD),
        (check_walls(Walls(files=True, network=True)), Verdict.GOOD),
        (check_walls(Walls(files=True, network=False)), Verdict.WARNING),
        (check_walls(Walls(files=False, network=False)), Verdict.WARNING),
        (check_file_system(Path("/srv"), "nfs4"), Verdict.FAILED),
        (check_file_system(Path("/tmp"), "tmpfs"), Verdict.WARNING),
        (check_file_system(Path("/"), "ext4"), Verdict.GOOD),
    ],
)
def test_each_finding_has_its_verdict(check: Check, verdict: Verdict) -> None:
    assert check.verdict is verdict
    assert check.remedy or verdict is Verdict.GOOD


def test_only_a_failed_check_is_a_reason_not_to_start() -> None:
    fine = [Check("a", Verdict.GOOD, ""), Check("b", Verdict.WARNING, "", "x"), Check("c", Verdict.ABSENT, "", "y")]
    assert exit_status(fine) == 0
    assert exit_status([*fine, Check("d", Verdict.FAILED, "", "z")]) == 1


def test_a_person_reads_what_to_do_and_a_program_reads_the_same() -> None:
    checks = [check_space(GIB), check_cores(2)]
    assert "name another folder with --data" in render(checks)
    assert render(checks).endswith("1 of 2 checks failed; `matinee up` will not work yet.")
    told = json.loads(render_json(checks))
    assert told["ready"] is False
    assert [check["verdict"] for check in told["checks"]] == ["failed", "good"]
