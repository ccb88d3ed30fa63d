"""What a service is given: the ground it is built on, and its neighbors by their Protocols."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matinee.app.doors import Doors
from matinee.app.engines import Engines
from matinee.app.secrets import Secrets
from matinee.app.settings import Settings
from matinee.control.billing.api import Billing
from matinee.control.billing.api.payments import Payments
from matinee.control.billing.api.subscriptions import Subscriptions
from matinee.control.catalog.api import Catalog
from matinee.control.catalog.api.desk import Desk, Exchange
from matinee.control.catalog.api.finding import Finding
from matinee.control.catalog.api.rights import RightsDesk
from matinee.control.catalog.api.title_page import TitlePage
from matinee.control.discovery.api import Discovery, StudioView
from matinee.control.drm.api import Drm
from matinee.control.members.api import Members
from matinee.control.members.api.accounts import Accounts
from matinee.control.members.api.audit import Audit
from matinee.control.members.api.desk import MemberDesk
from matinee.control.members.api.device_codes import DeviceCodes
from matinee.control.members.api.locks import Locks
from matinee.control.members.api.notices import Notices
from matinee.control.members.api.passkeys import Passkeys
from matinee.control.members.api.passwords import Passwords
from matinee.control.members.api.places import Places
from matinee.control.members.api.proofs import Proofs
from matinee.control.members.api.ratings import Ratings
from matinee.control.members.api.sign_on import SignOn
from matinee.control.playback.api import Playback
from matinee.control.steering.api import Steering
from matinee.control.viewing.api import Viewing
from matinee.engines.mail.port import Mailbox
from matinee.kernel.clock import Clock
from matinee.studio.production.api import Production


@dataclass(frozen=True, slots=True)
class Ground:
    """What every service may be built on."""

    settings: Settings
    doors: Doors
    engines: Engines
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class Outside:
    """What the outside doors need beside the services themselves."""

    secrets: Secrets
    clock: Clock
    mail: Mailbox


class Neighbors:
    """Whoever a service may ask, by name; `find` decides whether that is an object here or a client to another process."""

    def __init__(self, find: Callable[[str], Any]) -> None:  # whatever the Protocol of that name promises
        self._find = find

    @property
    def members(self) -> Members:
        found: Members = self._find("members")
        return found

    @property
    def places(self) -> Places:
        found: Places = self._find("places")
        return found

    @property
    def locks(self) -> Locks:
        found: Locks = self._find("locks")
        return found

    @property
    def ratings(self) -> Ratings:
        found: Ratings = self._find("ratings")
        return found

    @property
    def notices(self) -> Notices:
        found: Notices = self._find("notices")
        return found

    @property
    def audit(self) -> Audit:
        found: Audit = self._find("audit")
        return found

    @property
    def member_desk(self) -> MemberDesk:
        found: MemberDesk = self._find("member_desk")
        return found

    @property
    def passwords(self) -> Passwords:
        found: Passwords = self._find("passwords")
        return found

    @property
    def proofs(self) -> Proofs:
        found: Proofs = self._find("proofs")
        return found

    @property
    def accounts(self) -> Accounts:
        found: Accounts = self._find("accounts")
        return found

    @property
    def passkeys(self) -> Passkeys:
        found: Passkeys = self._find("passkeys")
        return found

    @property
    def sign_on(self) -> SignOn:
        found: SignOn = self._find("sign_on")
        return found

    @property
    def device_codes(self) -> DeviceCodes:
        found: DeviceCodes = self._find("device_codes")
        return found

    @property
    def billing(self) -> Billing:
        found: Billing = self._find("billing")
        return found

    @property
    def subscriptions(self) -> Subscriptions:
        found: Subscriptions = self._find("subscriptions")
        return found

    @property
    def payments(self) -> Payments:
        found: Payments = self._find("payments")
        return found

    @property
    def catalog(self) -> Catalog:
        found: Catalog = self._find("catalog")
        return found

    @property
    def desk(self) -> Desk:
        found: Desk = self._find("desk")
        return found

    @property
    def exchange(self) -> Exchange:
        found: Exchange = self._find("exchange")
        return found

    @property
    def title_page(self) -> TitlePage:
        found: TitlePage = self._find("title_page")
        return found

    @property
    def rights(self) -> RightsDesk:
        found: RightsDesk = self._find("rights")
        return found

    @property
    def finding(self) -> Finding:
        found: Finding = self._find("finding")
        return found

    @property
    def drm(self) -> Drm:
        found: Drm = self._find("drm")
        return found

    @property
    def viewing(self) -> Viewing:
        found: Viewing = self._find("viewing")
        return found

    @property
    def steering(self) -> Steering:
        found: Steering = self._find("steering")
        return found

    @property
    def discovery(self) -> Discovery:
        found: Discovery = self._find("discovery")
        return found

    @property
    def playback(self) -> Playback:
        found: Playback = self._find("playback")
        return found

    @property
    def production(self) -> Production:
        found: Production = self._find("production")
        return found

    @property
    def studio(self) -> StudioView:
        found: StudioView = self._find("studio")
        return found
