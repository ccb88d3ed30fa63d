"""The mailbox: what was taken is there, once, newest first, for its owner only."""

from datetime import UTC, datetime
from pathlib import Path

from matinee.engines.mail.mailbox import MailboxMail
from matinee.engines.mail.port import Letter
from matinee.kernel.files import SystemFiles
from matinee.kernel.quantities import minutes

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def letter(name: str, *, to: str = "ada@example.org", after: int = 0) -> Letter:
    return Letter(name, to, f"Subject {name}", "Dear member,\n…", NOON + minutes(after))


def mailbox(folder: Path) -> MailboxMail:
    return MailboxMail(folder, SystemFiles())


async def test_letters_are_there_newest_first_also_after_a_restart(tmp_path: Path) -> None:
    for name, after in (("a", 1), ("b", 3), ("c", 2)):
        await mailbox(tmp_path).send(letter(name, after=after))
    assert [found.id for found in await mailbox(tmp_path).letters()] == ["b", "c", "a"]
    assert (await mailbox(tmp_path).letters(limit=1)) == [letter("b", after=3)]


async def test_sending_an_id_again_sends_nothing(tmp_path: Path) -> None:
    box = mailbox(tmp_path)
    await box.send(letter("welcome/../1"))
    await box.send(letter("welcome/../1", after=9))
    assert await box.letters() == [letter("welcome/../1")]


async def test_letters_can_be_asked_for_by_member(tmp_path: Path) -> None:
    box = mailbox(tmp_path)
    await box.send(letter("a"))
    await box.send(letter("b", to="bob@example.org"))
    assert [found.id for found in await box.letters(to="bob@example.org")] == ["b"]


async def test_an_empty_mailbox_has_no_letters(tmp_path: Path) -> None:
    assert await mailbox(tmp_path / "none").letters() == []


async def test_nobody_else_can_read_the_letters(tmp_path: Path) -> None:
    await mailbox(tmp_path).send(letter("a"))
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]
