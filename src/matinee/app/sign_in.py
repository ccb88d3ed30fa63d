"""How members can sign in here beside a password: where passkeys work, at which providers, and where screens are let in."""

import re
import shlex
from collections.abc import Mapping

from matinee.app.neighbors import Ground, Neighbors
from matinee.app.settings import Settings
from matinee.control.members.api.passkeys import Place
from matinee.control.members.api.sign_on import ProviderSettings
from matinee.control.members.model.passkeys import origin_for_passkeys, origin_problem
from matinee.control.members.service import (
    DeviceCodesService,
    Letters,
    OutsideProvider,
    PasskeysService,
    SignOnService,
)
from matinee.kernel.errors import InvalidInput

_PREFIX, _SECRET = "MATINEE_OIDC_", "_SECRET"
_NAME = re.compile(r"[a-z][a-z0-9]{0,39}\Z")
_WORDS = frozenset(("issuer", "client_id", "secret_file", "name", "sign_up", "scopes"))
_ISSUER = re.compile(r"(https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s?#]*)?)\Z")
_FORM = (
    "issuer=https://… client_id=… [secret_file=/path] [name='What the button says'] [sign_up=yes] "
    "[scopes='openid email']; a secret may also stand in {variable}_SECRET"
)


def passkeys(ground: Ground, n: Neighbors) -> PasskeysService:
    doors, ring = ground.doors, ground.secrets.control_ring
    return PasskeysService(
        ground.engines.database,
        doors.clock,
        doors.ids,
        ring,
        members=n.members,
        proofs=n.proofs,
        letters=_letters(ground),
        place=place_of(ground.settings),
    )


def sign_on(ground: Ground, n: Neighbors) -> SignOnService:
    doors, settings = ground.doors, ground.settings
    known = read_providers(settings.environment)
    return SignOnService(
        ground.engines.database,
        doors.clock,
        doors.ids,
        ground.secrets.control_ring,
        members=n.members,
        proofs=n.proofs,
        letters=_letters(ground),
        providers={id: OutsideProvider(p, doors.network, doors.files, doors.clock) for id, p in known.items()},
        url=settings.url,
        country=settings.country,
    )


def device_codes(ground: Ground, n: Neighbors) -> DeviceCodesService:
    doors, engines = ground.doors, ground.engines
    return DeviceCodesService(
        engines.database,
        engines.cache,
        doors.clock,
        doors.ids,
        doors.chance,
        ground.secrets.control_ring,
        members=n.members,
        link_url=f"{ground.settings.url}/link",
    )


def place_of(settings: Settings) -> Place:
    problem = origin_problem(settings.scheme, settings.shown_host)
    if problem:
        return Place("", problem)
    return Place(origin_for_passkeys(settings.scheme, settings.shown_host, settings.port))


def read_providers(environment: Mapping[str, str]) -> Mapping[str, ProviderSettings]:
    """Every `MATINEE_OIDC_<NAME>`. What is wrong is named; a secret never is."""
    return {
        provider.id: provider
        for variable, text in sorted(environment.items())
        if variable.startswith(_PREFIX) and not variable.endswith(_SECRET)
        for provider in [_provider(variable, text, environment.get(variable + _SECRET, ""))]
    }


def _provider(variable: str, text: str, secret: str) -> ProviderSettings:
    id = variable.removeprefix(_PREFIX).lower()
    try:
        said = dict(word.split("=", 1) for word in shlex.split(text))
    except ValueError:
        said = {}
    is_whole = {"issuer", "client_id"} <= said.keys() <= _WORDS and _ISSUER.match(said.get("issuer", ""))
    scopes = tuple(said.get("scopes", "openid email profile").split())
    if not (_NAME.match(id) and is_whole and "openid" in scopes and said.get("sign_up", "no") in ("yes", "no")):
        raise InvalidInput(f"{variable} must be: {_FORM.format(variable=variable)}.", field=variable)
    return ProviderSettings(
        id=id,
        issuer=said["issuer"],
        client_id=said["client_id"],
        client_secret=secret,
        secret_file=said.get("secret_file", ""),
        name=said.get("name", id.capitalize()),
        sign_up=said.get("sign_up") == "yes",
        scopes=scopes,
    )


def _letters(ground: Ground) -> Letters:
    return Letters(ground.engines.mail, ground.doors.clock, ground.doors.ids, ground.settings.url)
