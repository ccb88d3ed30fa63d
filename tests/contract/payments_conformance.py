"""What every payment provider must do. Subclasses give `provider`, the tokens of a good and a declined card, and a way to
have a webhook written as the provider writes it."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from matinee.engines.payments.port import (
    Charge,
    ForgedNotice,
    KeyReused,
    Method,
    MethodRefused,
    PaymentProvider,
    Refund,
)
from matinee.kernel.errors import Unavailable
from tests.contract.hand_clock import NOON


class PaymentsConformance:
    good: str
    declined: str
    unknown: str

    @pytest.fixture
    async def provider(self) -> PaymentProvider:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    def notice(self, key: str) -> tuple[Mapping[str, str], bytes]:
        """A webhook about this charge, signed at noon."""
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    def lose_the_next_answer(self) -> None:
        """What is asked next is done, and its answer lost."""
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    async def charge_of(self, provider: PaymentProvider, key: str, token: str, units: int = 999) -> Charge:
        method = await provider.attach(token, account_id="ada")
        return Charge(key, method.token, "EUR", units, "invoice 1", NOON)

    async def test_a_method_is_a_token_with_a_label_that_shows_four_digits(self, provider: PaymentProvider) -> None:
        method = await provider.attach(self.good, account_id="ada")
        assert isinstance(method, Method)
        assert method.label.endswith("····4242")
        await provider.detach(method.token)

    async def test_an_unknown_token_is_refused(self, provider: PaymentProvider) -> None:
        with pytest.raises(MethodRefused):
            await provider.attach(self.unknown, account_id="ada")

    async def test_a_key_is_charged_once_however_often_it_is_asked(self, provider: PaymentProvider) -> None:
        charge = await self.charge_of(provider, "k1", self.good)
        first = await provider.charge(charge)
        assert (first.state, first.minor_units, first.key) == ("succeeded", 999, "k1")
        assert await provider.charge(charge) == first
        assert await provider.find(charge) == first

    async def test_a_key_that_never_arrived_is_not_found(self, provider: PaymentProvider) -> None:
        assert await provider.find(await self.charge_of(provider, "never", self.good)) is None

    async def test_a_key_asked_again_with_another_amount_is_refused(self, provider: PaymentProvider) -> None:
        await provider.charge(await self.charge_of(provider, "k2", self.good))
        with pytest.raises(KeyReused):
            await provider.charge(
                Charge("k2", (await self.charge_of(provider, "", self.good)).method, "EUR", 1, "invoice 1", NOON)
            )

    async def test_a_declined_card_says_so_with_a_reason_and_goes_on_saying_so(self, provider: PaymentProvider) -> None:
        charge = await self.charge_of(provider, "k3", self.declined)
        first = await provider.charge(charge)
        assert first.state == "failed"
        assert first.reason
        assert (await provider.charge(charge)).state == "failed"
        found = await provider.find(charge)
        assert found is not None
        assert found.state == "failed"

    async def test_a_charge_whose_answer_was_lost_is_found_and_asked_again_is_the_same(
        self, provider: PaymentProvider
    ) -> None:
        charge = await self.charge_of(provider, "k4", self.good)
        self.lose_the_next_answer()
        with pytest.raises(Unavailable):
            await provider.charge(charge)
        found = await provider.find(charge)
        assert found is not None
        assert found.state == "succeeded"
        assert (await provider.charge(charge)).id == found.id

    async def test_a_refund_is_made_once_and_found(self, provider: PaymentProvider) -> None:
        made = await provider.charge(await self.charge_of(provider, "k5", self.good))
        refund = Refund("r1", made.id, "EUR", 400, NOON)
        assert await provider.find_refund(refund) is None
        first = await provider.refund(refund)
        assert (first.state, first.minor_units) == ("succeeded", 400)
        assert await provider.refund(refund) == first
        assert await provider.find_refund(refund) == first

    async def test_a_webhook_names_the_key_of_what_happened(self, provider: PaymentProvider) -> None:
        headers, body = self.notice("k6")
        heard = provider.hear(headers, body, NOON)
        assert (heard.key, heard.kind) == ("k6", "charge")

    async def test_a_webhook_that_was_changed_or_is_not_signed_is_refused(self, provider: PaymentProvider) -> None:
        headers, body = self.notice("k6")
        for wrong in (
            {},
            dict.fromkeys(headers, ""),
            dict.fromkeys(headers, "t=1,v1=00"),
            dict.fromkeys(headers, "v1=é"),
        ):
            with pytest.raises(ForgedNotice):
                provider.hear(wrong, body, NOON)
        with pytest.raises(ForgedNotice):
            provider.hear(headers, body.replace(b"k6", b"k7"), NOON)

    @pytest.mark.parametrize("off", [timedelta(minutes=6), timedelta(minutes=-6)])
    async def test_a_webhook_of_another_time_is_refused(self, provider: PaymentProvider, off: timedelta) -> None:
        headers, body = self.notice("k6")
        with pytest.raises(ForgedNotice):
            provider.hear(headers, body, NOON + off)
