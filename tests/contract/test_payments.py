"""The payment providers, by the contract; and what only one of them can get wrong."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import web

from matinee.engines.payments.folder_book import FolderBook
from matinee.engines.payments.port import Charge, PaymentProvider
from matinee.engines.payments.pretend import Book, MemoryBook, Moods, PretendPayments
from matinee.engines.payments.signatures import sign
from matinee.engines.payments.stripe import API_VERSION, Stripe, StripeKeys
from matinee.kernel.chance import SeededChance
from matinee.kernel.errors import Unavailable
from matinee.kernel.files import SystemFiles
from matinee.kernel.network import SystemNetwork
from matinee.wire.encoding import from_json, to_json
from tests.contract.hand_clock import NOON, HandClock
from tests.contract.payments_conformance import PaymentsConformance
from tests.contract.stripe_server import StripeServer

SECRET = b"a secret of this test"


class Losing(PretendPayments):
    loses_next = False

    async def charge(self, charge: Charge) -> object:  # type: ignore[override]  # as the provider's, or nothing
        outcome = await super().charge(charge)
        if self.loses_next:
            self.loses_next = False
            raise Unavailable("The payment provider did not answer.")
        return outcome


class PretendConformance(PaymentsConformance):
    good, declined, unknown = "pretend_good", "pretend_declined", "pretend_refused"

    def book(self, tmp_path: Path) -> Book:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    @pytest.fixture
    async def provider(self, tmp_path: Path) -> PaymentProvider:
        self.made = Losing(self.book(tmp_path), HandClock(), SECRET)
        return self.made  # type: ignore[return-value]  # but for the type of what it loses

    def notice(self, key: str) -> tuple[Mapping[str, str], bytes]:
        return self.made.notice("n1", key)

    def lose_the_next_answer(self) -> None:
        self.made.loses_next = True


class TestPretendInLoop(PretendConformance):
    def book(self, tmp_path: Path) -> Book:
        return MemoryBook()


class TestPretendEmbedded(PretendConformance):
    def book(self, tmp_path: Path) -> Book:
        return FolderBook(tmp_path, SystemFiles())

    async def test_another_process_finds_what_one_has_charged(self, provider: PaymentProvider, tmp_path: Path) -> None:
        charge = await self.charge_of(provider, "k1", self.good)
        first = await provider.charge(charge)
        other = PretendPayments(FolderBook(tmp_path, SystemFiles()), HandClock(), SECRET)
        assert await other.find(charge) == first


class TestStripe(PaymentsConformance):
    good, declined, unknown = "tok_good", "tok_declined", "tok_unknown"

    @pytest.fixture
    async def provider(self) -> AsyncIterator[PaymentProvider]:
        self.server = StripeServer("sk_test_of_this_test")
        runner = web.AppRunner(self.server.app())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        network = SystemNetwork()
        keys = StripeKeys("sk_test_of_this_test", "whsec")
        yield Stripe(network, HandClock(), keys, url=f"http://127.0.0.1:{runner.addresses[0][1]}/")
        await network.close()
        await runner.cleanup()

    def notice(self, key: str) -> tuple[Mapping[str, str], bytes]:
        about = {"object": "payment_intent", "id": "pi_1", "metadata": {"key": key}}
        body = to_json({"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": about}})
        return {"stripe-signature": sign(body, b"whsec", NOON)}, body

    def lose_the_next_answer(self) -> None:
        self.server.loses_next = True

    async def test_forms_carry_the_key_and_the_version_is_pinned(self, provider: PaymentProvider) -> None:
        await provider.charge(await self.charge_of(provider, "k1", self.good))
        method, path, form, headers = self.server.asked[-1]
        assert (method, path) == ("POST", "/v1/payment_intents")
        assert (form["amount"], form["currency"], form["metadata[key]"]) == ("999", "eur", "k1")
        assert headers["idempotency-key"] == "k1"
        assert headers["stripe-version"] == API_VERSION
        assert headers["content-type"] == "application/x-www-form-urlencoded"

    @pytest.mark.parametrize("status", [409, 429, 500, 503])
    async def test_what_leaves_the_outcome_open_is_unavailable(self, provider: PaymentProvider, status: int) -> None:
        charge = await self.charge_of(provider, "k1", self.good)
        self.server.answers_next = status
        with pytest.raises(Unavailable):
            await provider.charge(charge)
        assert (await provider.charge(charge)).state == "succeeded"

    async def test_a_charge_is_found_on_a_later_page(self, provider: PaymentProvider) -> None:
        first = await self.charge_of(provider, "k1", self.good)
        await provider.charge(first)
        for number in range(3):
            await provider.charge(Charge(f"more-{number}", first.method, "EUR", 100, "invoice 2", NOON))
        found = await provider.find(first)
        assert found is not None
        assert found.minor_units == 999

    async def test_a_wrong_key_is_said_without_saying_the_key(self, provider: PaymentProvider) -> None:
        charge = await self.charge_of(provider, "k1", self.good)
        self.server.secret = "another"
        with pytest.raises(Unavailable) as refused:
            await provider.charge(charge)
        assert "sk_test" not in str(refused.value)
        assert "sk_test" not in repr(StripeKeys("sk_test_of_this_test", "whsec"))

    async def test_events_of_others_and_of_other_kinds_mean_nothing(self, provider: PaymentProvider) -> None:
        for event in (
            {"id": "evt", "type": "customer.created", "data": {"object": {"metadata": {"key": "k1"}}}},
            {"id": "evt", "type": "payment_intent.succeeded", "data": {"object": {"metadata": {}}}},
            {"id": "evt", "type": "payment_intent.succeeded", "data": None},
        ):
            body = to_json(event)
            heard = provider.hear({"stripe-signature": sign(body, b"whsec", NOON)}, body, NOON)
            assert (heard.kind, heard.key) == ("other", "")


async def test_moods_come_from_the_seed_and_a_charge_that_fell_silent_was_made_or_not() -> None:
    async def lived(seed: str) -> list[str]:
        book = MemoryBook()
        moods = Moods(declines=0.2, silent_before=0.2, silent_after=0.2, slow=0.2, notices_lost=0.3, notices_twice=0.3)
        clock = HandClock()
        provider = PretendPayments(book, clock, SECRET, moods=moods, chance=SeededChance(seed))
        told: list[str] = []
        for number in range(200):
            charge = Charge(f"k{number}", "pretend_good", "EUR", 100, "", NOON)
            try:
                told.append((await provider.charge(charge)).state)
            except Unavailable:
                told.append(f"silent, {'made' if await provider.find(charge) else 'not made'}")
        told += [from_json(body, dict[str, str])["key"] for _, body in provider.due_notices()]
        return told

    first = await lived("1")
    assert first == await lived("1") != await lived("2")
    assert {"succeeded", "failed", "pending", "silent, made", "silent, not made"} <= set(first)
    notices = [each for each in first if each.startswith("k")]
    assert len(set(notices)) < len(notices), "some come twice"
    assert len(set(notices)) < 160, "some never come"
