"""Films for a world: stand-ins of any length, each different from the others."""

from matinee.app.in_loop import StandIn, StandInSound, StandInText, master


def stand_in_master(name: str, duration_s: float) -> bytes:
    film = StandIn(
        frames=round(duration_s * 24),
        sounds=(StandInSound("en"), StandInSound("es")),
        texts=(StandInText("en"),),
        name=name,
    )
    return master(film)
