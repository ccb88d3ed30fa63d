"""Members' tables: accounts, sign-ins, profiles, My List."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import sqlalchemy as sa

from matinee.control.members.api import IDLE_DAYS, OWN_COMMANDS, Account, Identity, Profile, SignIn
from matinee.control.members.store import audit, locks, notices, places, ratings  # noqa: F401  # tables of the same schema
from matinee.control.members.store import device_codes as device_codes_store
from matinee.control.members.store import links as links_store
from matinee.control.members.store import opening as opening_store
from matinee.control.members.store import passkeys as passkeys_store
from matinee.control.members.store import proofs as proofs_store
from matinee.control.members.store.metadata import TABLES
from matinee.engines.database.port import At, Schema, Work
from matinee.kernel.ids import AccountId, ProfileId, TitleId
from matinee.kernel.quantities import Instant, days
from matinee.wire.events import SignedOut

_account = sa.Table(
    "account",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("email", sa.String(260), nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("created_at", At, nullable=False),
)
_sign_in = sa.Table(
    "sign_in",
    TABLES,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("device", sa.String(200), nullable=False),
    sa.Column("created_at", At, nullable=False),
    sa.Column("last_seen_at", At, nullable=False),
    sa.Column("expires_at", At, nullable=False),
    sa.Column("proved_at", At, nullable=False),
    sa.Column("methods", sa.Text, nullable=False),
)
_profile = sa.Table(
    "profile",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False, index=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("avatar", sa.String(40), nullable=False),
    sa.Column("language", sa.String(20), nullable=False),
    sa.Column("kids", sa.Boolean, nullable=False),
    sa.Column("maturity", sa.Integer, nullable=False),
    sa.Column("autoplay_next", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("autoplay_previews", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("pin_hash", sa.Text, nullable=True),
    sa.Column("main", sa.Boolean, nullable=False, server_default=sa.false()),
)
_listed = sa.Table(
    "watchlist",
    TABLES,
    sa.Column("profile_id", sa.ForeignKey("profile.id"), primary_key=True),
    sa.Column("title_id", sa.String(36), primary_key=True),
    sa.Column("added_at", At, nullable=False),
)

_IDLE = days(IDLE_DAYS)
# Neither alone: anybody calls a device what they like, and what the house opens for others has other names.
_IS_OWN = (_sign_in.c.device == OWN_COMMANDS) & (_sign_in.c.methods == msgspec.json.encode(("command",)).decode())
SCHEMA = Schema("members", TABLES, Path(__file__).parents[1] / "migrations")
__all__ = ["SCHEMA", "device_codes_store", "links_store", "opening_store", "passkeys_store", "proofs_store"]


# Asked whenever a caller ticket is made, so built once.
_ACCOUNT = sa.select(_account).where(_account.c.id == sa.bindparam("id"))
# Who shows this token, with the profile asked for where it is the account's own: all in one row.
_other = _profile.alias()
_HAS_PINS = sa.exists().where(_other.c.account_id == _account.c.id, _other.c.pin_hash.is_not(None))
_WHO = (
    sa.select(
        *(
            column.label(f"{table.name}_{column.name}")
            for table in (_sign_in, _account, _profile)
            for column in table.columns
        ),
        _HAS_PINS.label("has_pins"),
    )
    .select_from(
        _sign_in.join(_account).outerjoin(
            _profile, (_profile.c.account_id == _account.c.id) & (_profile.c.id == sa.bindparam("profile_id"))
        )
    )
    .where(
        _sign_in.c.token_hash == sa.bindparam("token_hash"),
        _sign_in.c.expires_at > sa.bindparam("at"),
        (_sign_in.c.last_seen_at > sa.bindparam("idle")) | _IS_OWN,
    )
)
_PROFILES_OF = (
    sa.select(_profile)
    .where(_profile.c.account_id == sa.bindparam("account_id"))
    .order_by(_profile.c.main.desc(), _profile.c.id)
)
_LISTED_BY = (
    sa.select(_listed.c.title_id)
    .where(_listed.c.profile_id == sa.bindparam("profile_id"))
    .order_by(_listed.c.added_at.desc())
)


def insert_account(work: Work, account: Account, password_hash: str) -> bool:
    """False where the address has an account already."""
    if work.execute(sa.select(_account.c.id).where(_account.c.email == account.email)).first():
        return False
    work.execute(
        sa.insert(_account),
        {
            "id": account.id,
            "email": account.email,
            "password_hash": password_hash,
            "country": account.country,
            "roles": msgspec.json.encode(account.roles).decode(),
            "created_at": account.created_at,
        },
    )
    return True


def account(work: Work, account_id: AccountId) -> Account | None:
    row = work.execute(_ACCOUNT, {"id": account_id}).first()
    return None if row is None else _account_from(row)


def accounts(work: Work) -> list[Account]:
    """Oldest first."""
    rows = work.execute(sa.select(_account).order_by(_account.c.created_at, _account.c.id))
    return [_account_from(row) for row in rows]


def accounts_like(work: Work, text: str, *, limit: int, before: str | None) -> list[Account]:
    """Newest first: those whose address holds the text, or which it names by their id or that of a profile."""
    query = sa.select(_account).order_by(_account.c.id.desc()).limit(limit)
    if text:
        of_profile = sa.select(_profile.c.account_id).where(_profile.c.id == text)
        named = _account.c.email.contains(text, autoescape=True) | (_account.c.id == text)
        query = query.where(named | _account.c.id.in_(of_profile))
    if before is not None:
        query = query.where(_account.c.id < before)
    return [_account_from(row) for row in work.execute(query)]


def account_by_email(work: Work, email: str) -> tuple[Account, str] | None:
    """With its password's hash."""
    row = work.execute(sa.select(_account).where(_account.c.email == email)).first()
    return None if row is None else (_account_from(row), row.password_hash)


def password_hash(work: Work, account_id: AccountId) -> str:
    """Empty where there is none."""
    return work.execute(sa.select(_account.c.password_hash).where(_account.c.id == account_id)).scalar() or ""


def set_password(work: Work, account_id: AccountId, password_hash: str, *, kept: str = "") -> None:
    """Signs out every device but `kept`; what was begun and not finished is over, too."""
    work.execute(sa.update(_account).where(_account.c.id == account_id).values(password_hash=password_hash))
    others = (_sign_in.c.account_id == account_id) & ~_IS_OWN & (_sign_in.c.id != kept)
    _sign_out(work, account_id, others)
    end_pending(work, account_id)


def end_pending(work: Work, account_id: AccountId) -> None:
    """What would let a device in, or change the account, later on: screens allowed and not signed in yet, sign-ins half
    done, links in letters, and letters not written yet."""
    device_codes_store.end_codes(work, account_id)
    proofs_store.end_second_steps(work, account_id)
    opening_store.end_links(work, account_id)
    known = account(work, account_id)
    if known is not None:
        opening_store.end_due_of(work, account_id, known.email)


def grant_role(work: Work, account_id: AccountId, role: str) -> None:
    known = account(work, account_id)
    if known is not None and role not in known.roles:
        roles = msgspec.json.encode((*known.roles, role)).decode()
        work.execute(sa.update(_account).where(_account.c.id == account_id).values(roles=roles))


def insert_sign_in(work: Work, sign_in: SignIn, token_hash: str, expires_at: Instant) -> None:
    if work.execute(sa.delete(_sign_in).where(_sign_in.c.expires_at <= sign_in.created_at)).rowcount:
        locks.forget_gone(work, sa.select(_sign_in.c.id))
    work.execute(
        sa.insert(_sign_in),
        {
            "token_hash": token_hash,
            "id": sign_in.id,
            "account_id": sign_in.account_id,
            "device": sign_in.device,
            "created_at": sign_in.created_at,
            "last_seen_at": sign_in.last_seen_at,
            "expires_at": expires_at,
            "proved_at": sign_in.proved_at,
            "methods": msgspec.json.encode(sign_in.methods).decode(),
        },
    )


def renew_sign_in(work: Work, sign_in: SignIn, token_hash: str) -> bool:
    """Under another token, with what it was proved by. False where it has ended."""
    changed = work.execute(
        sa.update(_sign_in)
        .where(_sign_in.c.account_id == sign_in.account_id, _sign_in.c.id == sign_in.id)
        .values(
            token_hash=token_hash,
            proved_at=sign_in.proved_at,
            last_seen_at=sign_in.last_seen_at,
            methods=msgspec.json.encode(sign_in.methods).decode(),
        )
    )
    return changed.rowcount == 1


def identity(work: Work, token_hash: str, profile_id: str | None, *, at: Instant) -> tuple[Identity, bool] | None:
    """Asked at nearly every request. With whether any profile of the account has a PIN."""
    asked = {"token_hash": token_hash, "profile_id": profile_id, "at": at, "idle": at - _IDLE}
    found = work.execute(_WHO, asked).first()
    if found is None:
        return None
    sign_in, account, profile = (_part(found, table) for table in (_sign_in, _account, _profile))
    known = None if profile.id is None else _profile_from(profile)
    is_kids = known is not None and known.kids
    return Identity(_account_from(account), _sign_in_from(sign_in), known, is_kids), bool(found.has_pins)


def sign_ins(work: Work, account_id: AccountId, *, at: Instant) -> list[SignIn]:
    query = sa.select(_sign_in).where(
        _sign_in.c.account_id == account_id,
        _sign_in.c.expires_at > at,
        (_sign_in.c.last_seen_at > at - _IDLE) | _IS_OWN,
    )
    return [_sign_in_from(row) for row in work.execute(query.order_by(_sign_in.c.last_seen_at.desc()))]


def sign_in(work: Work, account_id: AccountId, sign_in_id: str, *, at: Instant) -> tuple[SignIn, Instant] | None:
    """With when it ends at the latest."""
    mine = (_sign_in.c.account_id == account_id) & (_sign_in.c.id == sign_in_id) & (_sign_in.c.expires_at > at)
    row = work.execute(sa.select(_sign_in).where(mine)).first()
    return None if row is None else (_sign_in_from(row), row.expires_at)


def touch(work: Work, sign_in_id: str, *, at: Instant) -> None:
    work.execute(sa.update(_sign_in).where(_sign_in.c.id == sign_in_id).values(last_seen_at=at))


def delete_sign_in(work: Work, account_id: AccountId, sign_in_id: str) -> None:
    _sign_out(work, account_id, (_sign_in.c.account_id == account_id) & (_sign_in.c.id == sign_in_id))


def _sign_out(work: Work, account_id: AccountId, which: sa.ColumnElement[bool]) -> None:
    for row in work.execute(sa.select(_sign_in.c.id).where(which)).all():
        work.emit(SignedOut(account_id, row.id))
    work.execute(sa.delete(_sign_in).where(which))


def profiles(work: Work, account_id: AccountId) -> list[Profile]:
    return [_profile_from(row) for row in work.execute(_PROFILES_OF, {"account_id": account_id})]


def put_profile(work: Work, profile: Profile) -> None:
    values = {
        "account_id": profile.account_id,
        "name": profile.name,
        "avatar": profile.avatar,
        "language": profile.language,
        "kids": profile.kids,
        "maturity": profile.maturity,
        "autoplay_next": profile.autoplay_next,
        "autoplay_previews": profile.autoplay_previews,
    }
    changed = work.execute(sa.update(_profile).where(_profile.c.id == profile.id).values(**values))
    if changed.rowcount == 0:
        work.execute(sa.insert(_profile), {"id": profile.id, "main": profile.main, **values})


def put_pin(work: Work, profile_id: ProfileId, pin_hash: str | None) -> None:
    work.execute(sa.update(_profile).where(_profile.c.id == profile_id).values(pin_hash=pin_hash))


def pin_of(work: Work, account_id: AccountId, profile_id: ProfileId) -> str | None:
    query = sa.select(_profile.c.pin_hash).where(_profile.c.account_id == account_id, _profile.c.id == profile_id)
    found: str | None = work.execute(query).scalar()
    return found


def delete_profile(work: Work, profile_id: ProfileId) -> None:
    """With every row of members that names it, whichever store keeps it."""
    for table in reversed(TABLES.sorted_tables):
        if "profile_id" in table.c:
            work.execute(sa.delete(table).where(table.c.profile_id == profile_id))
    work.execute(sa.delete(_profile).where(_profile.c.id == profile_id))


def listed(work: Work, profile_id: ProfileId) -> list[TitleId]:
    return [TitleId(i) for i in work.execute(_LISTED_BY, {"profile_id": profile_id}).scalars()]


def listing(
    work: Work, title_id: TitleId, *, after: ProfileId | None, limit: int
) -> list[tuple[AccountId, ProfileId, str]]:
    """Whose list a title is on, with the country of their account, in the order of the profiles' ids."""
    query = (
        sa.select(_profile.c.account_id, _profile.c.id, _account.c.country)
        .select_from(_listed.join(_profile).join(_account))
        .where(_listed.c.title_id == title_id, _profile.c.id > (after or ""))
        .order_by(_profile.c.id)
        .limit(limit)
    )
    return [(AccountId(row.account_id), ProfileId(row.id), row.country) for row in work.execute(query)]


def put_listed(work: Work, profile_id: ProfileId, title_id: TitleId, *, at: Instant) -> None:
    key = (_listed.c.profile_id == profile_id) & (_listed.c.title_id == title_id)
    if work.execute(sa.select(_listed.c.title_id).where(key)).first() is None:
        work.execute(sa.insert(_listed), {"profile_id": profile_id, "title_id": title_id, "added_at": at})


def delete_listed(work: Work, profile_id: ProfileId, title_id: TitleId) -> None:
    work.execute(sa.delete(_listed).where(_listed.c.profile_id == profile_id, _listed.c.title_id == title_id))


def _part(row: sa.Row[Any], table: sa.Table) -> SimpleNamespace:
    """What a row of several tables says of one."""
    return SimpleNamespace(**{c.name: getattr(row, f"{table.name}_{c.name}") for c in table.columns})


def _account_from(row: Any) -> Account:  # a row's columns have no types
    roles = msgspec.json.decode(row.roles, type=tuple[str, ...])
    return Account(AccountId(row.id), row.email, row.country, roles, row.created_at)


def _sign_in_from(row: Any) -> SignIn:
    methods = msgspec.json.decode(row.methods, type=tuple[str, ...])
    return SignIn(
        row.id, AccountId(row.account_id), row.device, row.created_at, row.last_seen_at, row.proved_at, methods
    )


def _profile_from(row: Any) -> Profile:
    return Profile(
        ProfileId(row.id),
        AccountId(row.account_id),
        row.name,
        row.avatar,
        row.language,
        row.kids,
        row.maturity,
        row.autoplay_next,
        row.autoplay_previews,
        row.pin_hash is not None,
        row.main,
    )


def sign_out_but(work: Work, account_id: AccountId, kept: str) -> None:
    _sign_out(work, account_id, (_sign_in.c.account_id == account_id) & (_sign_in.c.id != kept))
    end_pending(work, account_id)


def set_email(work: Work, account_id: AccountId, email: str) -> bool:
    """False where it is another account's."""
    if work.execute(sa.select(_account.c.id).where(_account.c.email == email, _account.c.id != account_id)).first():
        return False
    return work.execute(sa.update(_account).where(_account.c.id == account_id).values(email=email)).rowcount == 1
