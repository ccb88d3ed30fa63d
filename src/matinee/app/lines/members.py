"""Members: accounts and all that proves them, profiles, lists, notices, places, and the help desk."""

from collections.abc import Mapping

from argon2 import PasswordHasher

from matinee.app import sign_in
from matinee.app.account_data import account_data_routes
from matinee.app.consumers import Consumer
from matinee.app.lines import Service
from matinee.app.mailbox import mailbox_routes
from matinee.app.neighbors import Ground, Neighbors
from matinee.app.settings import Settings
from matinee.app.timers import Timer
from matinee.control.members import http as members_http
from matinee.control.members import jobs as members_jobs
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
from matinee.control.members.http import audit as audit_http
from matinee.control.members.http import desk as member_desk_http
from matinee.control.members.http import notices as notices_http
from matinee.control.members.http import places as places_http
from matinee.control.members.http import profiles as profiles_http
from matinee.control.members.http import ratings as ratings_http
from matinee.control.members.model.whereabouts import group_of
from matinee.control.members.service import (
    AccountsService,
    Breached,
    Letters,
    MembersService,
    PasswordsService,
    ProofsService,
)
from matinee.control.members.service.audit import AuditService
from matinee.control.members.service.desk import MemberDeskService
from matinee.control.members.service.locks import LocksService
from matinee.control.members.service.notices import NoticesService
from matinee.control.members.service.places import PlacesService, SuspectList, Territories
from matinee.control.members.service.ratings import RatingsService


def _hasher(settings: Settings) -> PasswordHasher | None:
    # A simulated world signs hundreds of members up; what guessing a password costs is not what it is about.
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if settings.passwords == "light" else None


def _members(ground: Ground, neighbors: Neighbors) -> MembersService:
    engines, doors = ground.engines, ground.doors
    return MembersService(engines.database, engines.cache, engines.mail, doors.clock, doors.ids, neighbors.passwords)


def _passwords(ground: Ground, _neighbors: Neighbors) -> PasswordsService:
    doors, listed = ground.doors, Breached(ground.doors.files, ground.settings.breached_passwords)
    return PasswordsService(ground.engines.database, doors.ids, hasher=_hasher(ground.settings), breached=listed)


def _letters(ground: Ground) -> Letters:
    return Letters(ground.engines.mail, ground.doors.clock, ground.doors.ids, ground.settings.url)


def _proofs(ground: Ground, n: Neighbors) -> ProofsService:
    engines, doors = ground.engines, ground.doors
    return ProofsService(
        engines.database,
        engines.cache,
        engines.keys,
        doors.clock,
        doors.chance,
        members=n.members,
        passwords=n.passwords,
        letters=_letters(ground),
    )


def _accounts(ground: Ground, n: Neighbors) -> AccountsService:
    engines, doors = ground.engines, ground.doors
    return AccountsService(
        engines.database,
        engines.cache,
        doors.clock,
        doors.ids,
        members=n.members,
        passwords=n.passwords,
        letters=_letters(ground),
    )


def _places(ground: Ground, n: Neighbors) -> PlacesService:
    settings, doors = ground.settings, ground.doors
    return PlacesService(
        ground.engines.database,
        ground.engines.geo,
        SuspectList(settings.suspect_networks, doors.files, doors.clock),
        n.notices,
        doors.clock,
        Territories(settings.country, group_of(settings.portability)),
    )


def _locks(ground: Ground, n: Neighbors) -> LocksService:
    engines, doors = ground.engines, ground.doors
    return LocksService(engines.database, doors.clock, proved=n.proofs.require_recent, hasher=_hasher(ground.settings))


def _notices(ground: Ground, n: Neighbors) -> NoticesService:
    doors = ground.doors
    return NoticesService(ground.engines.database, n.catalog, doors.clock, doors.ids, country=ground.settings.country)


MEMBERS: Mapping[str, Service] = {
    "members": Service(
        Members, _members, routes=lambda o, n: [*members_http.routes(n.members, n.proofs), *mailbox_routes(o.mail)]
    ),
    "locks": Service(Locks, _locks, routes=lambda _o, n: profiles_http.routes(n.members, n.locks), process="members"),
    "ratings": Service(
        Ratings,
        lambda g, n: RatingsService(g.engines.database, n.catalog, g.doors.clock, g.doors.ids),
        routes=lambda _o, n: ratings_http.routes(n.ratings),
        process="members",
    ),
    "notices": Service(
        Notices,
        _notices,
        routes=lambda _o, n: notices_http.routes(n.notices),
        consumers=lambda s: [
            Consumer(topic, group, members_jobs.noticed(s)) for topic, group in members_jobs.NOTICED.items()
        ],
        timers=lambda s: [
            Timer("notices kept long enough", members_jobs.FORGET_EVERY, members_jobs.forget_old_notices(s))
        ],
        process="members",
    ),
    "places": Service(
        Places,
        _places,
        routes=lambda _o, n: places_http.routes(n.places, n.members, n.rights),
        process="members",
    ),
    "audit": Service(
        Audit,
        lambda g, _n: AuditService(g.engines.database, g.doors.clock, g.doors.ids),
        routes=lambda _o, n: audit_http.routes(n.audit),
        timers=lambda s: [Timer("audit trail", members_jobs.FORGET_EVERY, members_jobs.forget_old_entries(s))],
        process="members",
    ),
    "member_desk": Service(
        MemberDesk,
        lambda g, _n: MemberDeskService(g.engines.database, g.doors.clock),
        routes=lambda _o, n: member_desk_http.routes(n.member_desk),
        process="members",
    ),
    "passwords": Service(Passwords, _passwords, process="members"),
    "proofs": Service(Proofs, _proofs, routes=lambda _o, n: members_http.proof_routes(n.proofs), process="members"),
    "accounts": Service(
        Accounts,
        _accounts,
        routes=lambda _o, n: [*members_http.account_routes(n.accounts, n.proofs), *account_data_routes(n)],
        consumers=lambda s: [Consumer(members_jobs.TOPIC, members_jobs.GROUP, members_jobs.consumer(s))],
        process="members",
    ),
    "passkeys": Service(
        Passkeys,
        sign_in.passkeys,
        routes=lambda _o, n: members_http.passkey_routes(n.passkeys, n.members),
        process="members",
    ),
    "sign_on": Service(
        SignOn,
        sign_in.sign_on,
        routes=lambda _o, n: members_http.sign_on_routes(n.sign_on, n.passkeys, n.members),
        process="members",
    ),
    "device_codes": Service(
        DeviceCodes,
        sign_in.device_codes,
        routes=lambda _o, n: members_http.device_code_routes(n.device_codes, n.proofs, n.members),
        process="members",
    ),
}
