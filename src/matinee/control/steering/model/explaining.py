"""Why a client is sent where it is, in words for an operator."""

from collections.abc import Iterable, Mapping, Sequence

from matinee.control.steering.api import Explanation, PassedOver, Reasoned
from matinee.control.steering.model.addresses import Address, Prefix
from matinee.control.steering.model.decision import Choice, Question
from matinee.control.steering.model.route_table import RouteTable
from matinee.control.steering.model.snapshot import OPEN, Snapshot


def explained(ranked: Sequence[Choice], others: Sequence[PassedOver], client: Address | None) -> Explanation:
    offered = tuple(
        Reasoned(
            choice.id,
            choice.server.reach,
            choice.server.site,
            _prefix(client, -choice.unmatched),
            choice.path_length,
            choice.med,
            choice.server.load,
            choice.is_last_resort,
        )
        for choice in ranked
    )
    named = {choice.id for choice in ranked}
    return Explanation(offered, tuple(other for other in others if other.pathway not in named))


def passed_over(
    snapshot: Snapshot, routes: RouteTable, question: Question, *, silent: Iterable[str], fenced: Mapping[str, str]
) -> list[PassedOver]:
    """Each edge, with the first thing that speaks against it."""
    holders = snapshot.copies.get(question.release_id, ())
    matches = routes.matches(question.client) if question.client is not None else ()
    heard = {source for _, announced in matches for source, _, _ in announced}
    found = [PassedOver(id, "It has not reported for more than three seconds.") for id in sorted(silent)]
    found += [
        PassedOver(id, reason) for id, reason in sorted(fenced.items()) if id not in {each.pathway for each in found}
    ]
    for server in sorted(snapshot.edges.values(), key=lambda each: each.id):
        if server.id not in holders:
            found.append(PassedOver(server.id, "It does not hold this film."))
        elif server.reach not in OPEN and server.id not in heard:
            found.append(PassedOver(server.id, "Nobody announced this client's network to it."))
        elif server.is_full:
            found.append(PassedOver(server.id, "It is full, and others have room."))
        else:
            found.append(PassedOver(server.id, "Others are nearer, or as near."))
    return found


def _prefix(client: Address | None, length: int) -> str | None:
    if client is None or length == 0:
        return None
    return str(Prefix(client.bits, length, client.number >> (client.bits - length)))
