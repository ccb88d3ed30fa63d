"""Whose things a caller may touch: those of the profile in use."""

from matinee.control.members.api import ProfileNotFound
from matinee.kernel.ids import ProfileId
from matinee.wire.callers import Caller


def own_profile(profile_id: str, caller: Caller) -> ProfileId:
    """Another's are as if they were not there, also where it is of the same account."""
    if caller.profile != profile_id:
        raise ProfileNotFound
    return ProfileId(profile_id)
