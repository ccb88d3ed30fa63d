"""A question as the model takes it."""

from collections.abc import Mapping
from hashlib import sha256

from matinee.control.steering.api import Asker
from matinee.control.steering.model.addresses import parse_address
from matinee.control.steering.model.decision import Question
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import ReleaseId


def question_of(release_id: ReleaseId, asker: Asker, too_slow: Mapping[str, float]) -> Question:
    """What a player says of itself may be wrong; then it is as if it had said nothing."""
    try:
        client = parse_address(asker.address) if asker.address else None
    except InvalidInput:
        client = None
    return Question(
        release_id,
        client,
        key=int.from_bytes(sha256(asker.session.encode()).digest()[:8]),
        current=asker.current,
        needs_kbps=asker.needs_kbps,
        throughput_kbps=too_slow,
    )
