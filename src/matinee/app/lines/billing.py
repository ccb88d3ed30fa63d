"""Billing: plans, subscriptions, payments."""

from collections.abc import Mapping
from pathlib import Path

from matinee.app.consumers import Consumer
from matinee.app.lines import Service
from matinee.app.neighbors import Ground, Neighbors
from matinee.app.timers import Timer
from matinee.control.billing import http as billing_http
from matinee.control.billing import jobs as billing_jobs
from matinee.control.billing.api import Billing
from matinee.control.billing.api.payments import Payments
from matinee.control.billing.api.subscriptions import Subscriptions
from matinee.control.billing.service import BillingService, PaymentsService, SubscriptionsService
from matinee.control.billing.service import Ground as BillingGround
from matinee.control.billing.service import Letters as BillingLetters

INVOICE_FONTS = tuple(
    Path(folder) / name
    for folder in ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts", "/Library/Fonts")
    for name in ("DejaVuSans.ttf", "Arial Unicode.ttf")
)
"""Fonts of many scripts where systems keep them. One that is not there is not missed: names are then in Latin letters."""


def _billing_ground(ground: Ground) -> BillingGround:
    engines, doors, till = ground.engines, ground.doors, ground.engines.till
    return BillingGround(engines.database, till.providers, till.default, doors.clock, doors.ids, till.terms)


def _subscriptions(ground: Ground, neighbors: Neighbors) -> SubscriptionsService:
    letters = BillingLetters(neighbors.members, neighbors.notices, ground.engines.mail, url=ground.settings.url)
    return SubscriptionsService(
        _billing_ground(ground),
        neighbors.members,
        letters,
        ground.doors.files,
        country=ground.settings.country,
        fonts=INVOICE_FONTS,
    )


BILLING: Mapping[str, Service] = {
    "billing": Service(
        Billing,
        lambda g, _n: BillingService(g.engines.database, g.doors.clock),
        routes=lambda _o, n: [
            *billing_http.routes(n.billing, n.members),
            *billing_http.sign_up_routes(n.billing, n.accounts),
        ],
    ),
    "subscriptions": Service(
        Subscriptions,
        _subscriptions,
        routes=lambda _o, n: billing_http.subscription_routes(n.subscriptions, n.proofs),
        consumers=lambda s: [
            Consumer(topic, group, billing_jobs.consumer(s)) for topic, group in billing_jobs.TOPICS.items()
        ],
        process="billing",
    ),
    "payments": Service(
        Payments,
        lambda g, _n: PaymentsService(_billing_ground(g)),
        routes=lambda _o, n: billing_http.payment_routes(n.payments),
        timers=lambda s: [Timer("renewals", billing_jobs.LOOK_EVERY, billing_jobs.renewals(s))],
        process="billing",
    ),
}
