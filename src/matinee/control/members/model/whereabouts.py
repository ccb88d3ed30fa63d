"""From an address to the country whose rights count, and why that is believed or not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from matinee.control.members.api.places import NOWHERE, Seen, Suspicion, Whereabouts
from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import Instant, Span, days, hours

SHORT_STAY = days(30)
"""For so long the catalog of home comes along, where portability is on."""
COUNTRIES_A_DAY_MAX = 2
_DAY = hours(24)
_NAME_SHOWN_MAX = 40
EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
        "IS",
        "LI",
        "NO",
    ]
)
"""Members, and those of the economic area: what `EU` stands for in the setting."""


@dataclass(frozen=True, slots=True)
class Suspect:
    kind: Suspicion
    name: str


@dataclass(frozen=True, slots=True)
class Suspects:
    """The operator's list: networks and network numbers that viewers hardly come from."""

    networks: Mapping[IPv4Network | IPv6Network, Suspect] = field(default_factory=dict)
    numbers: Mapping[int, Suspect] = field(default_factory=dict)

    def of(self, address: str, asn: int | None) -> Suspect | None:
        """The longest network that holds it, else its number's."""
        found = ip_address(address)
        holding = [network for network in self.networks if network.version == found.version and found in network]
        if holding:
            return self.networks[max(holding, key=lambda network: network.prefixlen)]
        return self.numbers.get(asn) if asn is not None else None


def read_suspects(text: str) -> Suspects:
    """A line each: `203.0.113.0/24 vpn Somebody's VPN` or `AS64500 hosting Rented machines`; from # on it is a remark."""
    networks: dict[IPv4Network | IPv6Network, Suspect] = {}
    numbers: dict[int, Suspect] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split(maxsplit=2)
        if not words:
            continue
        kind = words[1] if len(words) > 1 else ""
        if kind not in ("hosting", "vpn"):
            raise InvalidInput(f"Line {number} of the list of networks: after the network comes hosting or vpn.")
        suspect = Suspect("vpn" if kind == "vpn" else "hosting", words[2].strip() if len(words) > 2 else words[0])
        digits = words[0].upper().removeprefix("AS")
        if words[0].upper().startswith("AS") and digits.isdigit():
            numbers[int(digits)] = suspect
            continue
        try:
            networks[ip_network(words[0])] = suspect
        except ValueError as error:
            raise InvalidInput(f"Line {number} of the list of networks: {error}.") from None
    return Suspects(networks, numbers)


@dataclass(frozen=True, slots=True)
class Located:
    """What is known of an address, from whatever data there is."""

    address: str
    country: str | None
    asn: int | None = None
    network_name: str | None = None
    is_hosting: bool = False
    is_anonymous: bool = False


def whereabouts(located: Located, home: str, suspects: Suspects) -> Whereabouts:
    """`home` is the account's country, or the operator's where the account names none."""
    try:
        address = ip_address(located.address)
    except ValueError:
        return Whereabouts(home, home, None, note="There is no address to go by, so the account's country counts.")
    suspect = suspects.of(str(address), located.asn)
    if suspect is None and (located.is_anonymous or located.is_hosting):
        named = located.network_name or "the country data"
        suspect = Suspect("vpn" if located.is_anonymous else "hosting", named)
    if suspect is not None:
        return Whereabouts(
            NOWHERE, home, located.country, suspect.kind, _reason(suspect), note=f"Listed: {suspect.name}."
        )
    if not address.is_global:
        return Whereabouts(
            home, home, None, note="The address is of a private or reserved range, so the account's country counts."
        )
    if located.country is None:
        return Whereabouts(
            home, home, None, note="The country data does not know this address, so the account's country counts."
        )
    note = (
        "The address is in the account's country." if located.country == home else "The address is in another country."
    )
    return Whereabouts(located.country, home, located.country, note=note)


def _reason(suspect: Suspect) -> str:
    # It travels in every caller ticket, and those have a length.
    name = suspect.name[:_NAME_SHOWN_MAX]
    through = "a VPN or proxy" if suspect.kind == "vpn" else "a hosting network"
    return (
        f"Your connection comes through {through} ({name}), which hides the country you are in. "
        "Turn it off to see what may be watched there."
    )


def with_travel(found: Whereabouts, seen: Sequence[Seen], group: frozenset[str], *, at: Instant) -> Whereabouts:
    """`seen` includes where it is now. `group`: countries whose members keep their catalog on a short stay in another."""
    if found.suspicion != "none" or found.seen_in is None:
        return found
    recent = sorted({s.country for s in seen if at - s.last_at < _DAY})
    if len(recent) > COUNTRIES_A_DAY_MAX:
        found = replace(
            found,
            suspicion="jumping",
            reason=f"This account was used in {len(recent)} countries within a day: {', '.join(recent)}.",
        )
    stay = next((s for s in seen if s.country == found.seen_in), None)
    is_short = stay is not None and at - stay.since <= SHORT_STAY
    if found.is_traveling and is_short and {found.home, found.seen_in} <= group:
        note = "Abroad for a short stay, so the catalog of the account's country counts."
        return replace(found, country=found.home, is_ported=True, note=note)
    return found


def seen_now(seen: Sequence[Seen], country: str, *, at: Instant) -> Seen:
    """A stay goes on until the account is seen in another country."""
    same = next((s for s in seen if s.country == country), None)
    if same is None:
        return Seen(country, at, at, at)
    elsewhere = max((s.last_at for s in seen if s.country != country), default=same.last_at)
    return Seen(country, same.first_at, max(at, same.last_at), at if elsewhere > same.last_at else same.since)


def group_of(names: Iterable[str]) -> frozenset[str]:
    """A setting's words: countries, and `EU` for those of the union and the economic area."""
    return frozenset(country for name in names for country in (EU if name.upper() == "EU" else (name.upper(),)))


TOUCH_EVERY: Span = hours(1)
"""How often it is written down that an account is still there."""
