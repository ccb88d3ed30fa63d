"""Who moves money for this house, and on what terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matinee.app.doors import Doors
from matinee.app.secrets import secret_text
from matinee.app.settings import Settings
from matinee.control.billing.settings import Terms
from matinee.engines.payments.folder_book import FolderBook
from matinee.engines.payments.port import PaymentProvider
from matinee.engines.payments.pretend import MemoryBook, Moods, PretendPayments
from matinee.engines.payments.stripe import Stripe, StripeKeys
from matinee.kernel.errors import InvalidInput
from matinee.wire.encoding import from_json_exactly

__all__ = ["MemoryBook", "Moods", "PretendPayments", "Till", "open_till"]


@dataclass(frozen=True, slots=True)
class Till:
    providers: Mapping[str, PaymentProvider]
    """Also those that are no longer the default: what was charged there can be given back."""
    default: str
    terms: Terms


async def open_till(settings: Settings, doors: Doors) -> Till:
    secret = await secret_text(settings.data / "secrets" / "pretend-payments.secret", doors)
    book = FolderBook(settings.data / "payments", doors.files)
    providers: dict[str, PaymentProvider] = {"pretend": PretendPayments(book, doors.clock, secret.encode())}
    if settings.stripe_key is not None and settings.stripe_webhook_secret is not None:
        keys = StripeKeys(
            await _secret(settings.stripe_key, doors), await _secret(settings.stripe_webhook_secret, doors)
        )
        providers["stripe"] = Stripe(doors.network, doors.clock, keys, url=settings.stripe_url)
    if settings.payments not in providers:
        raise InvalidInput(
            "Payments by Stripe need both MATINEE_STRIPE_KEY and MATINEE_STRIPE_WEBHOOK_SECRET: files with a secret each."
        )
    return Till(providers, settings.payments, await _terms(settings.billing_terms, doors))


async def _terms(path: Path | None, doors: Doors) -> Terms:
    if path is None:
        return Terms()
    return from_json_exactly(await doors.files.read(path), Terms, what=f"The terms of business in {path}")


async def _secret(path: Path, doors: Doors) -> str:
    return (await doors.files.read(path)).decode().strip()
