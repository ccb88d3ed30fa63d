"""What a session is given to fetch with, while steering answers and while it does not."""

from collections.abc import Sequence

from matinee.control.playback.service.signing import Signing
from matinee.control.steering.api import ANYBODY, Asker, Edge
from matinee.kernel.chance import SystemChance
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import Ids, ReleaseId
from matinee.wire.tickets import KeyRing
from tests.builders import make_release
from tests.unit.doors import SetClock

RING, EDGE_RING = KeyRing("control", {"control": b"c" * 32}), KeyRing("edge", {"edge": b"e" * 32})


INSIDE = Edge("inside", "http://inside.test", serves_anybody=False)
OPEN = Edge("open", "http://open.test")


class SteeringOfOneWord:
    """A neighbor that answers with what it is given, or not at all."""

    def __init__(self) -> None:
        self.says: Sequence[Edge] | None = (INSIDE, OPEN)

    async def rank(self, release_id: ReleaseId, asker: Asker = ANYBODY) -> Sequence[Edge]:
        if self.says is None:
            raise Unavailable("Steering does not answer.")
        return self.says


async def test_while_steering_is_silent_nobody_is_sent_to_who_serves_one_network_alone() -> None:
    steering, clock, release = SteeringOfOneWord(), SetClock(), make_release()
    signing = Signing(steering, EDGE_RING, RING, clock, Ids(clock, SystemChance()))  # type: ignore[arg-type]  # one call of it is asked
    assert await signing.edges(release, Asker("one", "203.0.113.9")) == (INSIDE, OPEN)
    steering.says = None
    assert await signing.edges(release, Asker("another", "198.51.100.9")) == [OPEN]
