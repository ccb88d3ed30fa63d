"""Seasons whose intros, recaps and credits are known: sounds from code, in another mix in every episode.

An episode may begin with a recap and a cold open, lack the intro, have somebody speak over it, be louder, coded harder, or
in six channels. Its sound is kept in two stems, for a mix puts music and voices in other places.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from matinee.bench.tunes import Wave, babble, music

Layout = Literal["stereo", "surround"]
_RECAP_PIECES_S = (6.0, 5.0, 7.0, 4.5)
_WIDTH_S = 0.004
"""What is heard on one side comes a little later on the other."""


@dataclass(frozen=True, slots=True)
class Mix:
    name: str
    layout: Layout = "stereo"
    level: float = 0.6
    voice_over: float = 0.0
    """Somebody speaks over the intro, so loud."""
    codec: tuple[str, ...] = ("-c:a", "aac", "-b:a", "192k")


MIXES = (
    Mix("stereo"),
    Mix("5.1", layout="surround", codec=("-c:a", "ac3", "-b:a", "384k")),
    Mix("quiet, with a voice over it", level=0.3, voice_over=0.25),
    Mix("loud, coded hard", level=0.9, codec=("-c:a", "aac", "-b:a", "64k")),
    Mix("5.1, with a voice over it", layout="surround", voice_over=0.4, codec=("-c:a", "ac3", "-b:a", "384k")),
)


@dataclass(frozen=True, slots=True)
class Episode:
    mix: Mix
    music: Wave
    voice: Wave
    rate_hz: int
    intro: tuple[float, float] | None
    """From where to where, in seconds."""
    recap: tuple[float, float] | None
    credits_s: float

    @property
    def seconds(self) -> float:
        return len(self.music) / self.rate_hz

    def mono(self) -> Wave:
        wave: Wave = np.clip(self.music + self.voice, -1, 1).astype(np.float32)
        return wave

    def channels(self) -> npt.NDArray[np.float32]:
        """A row for each sample: two channels, or front, center, low and back as 5.1 has them."""
        late = np.roll(self.music, round(_WIDTH_S * self.rate_hz))
        if self.mix.layout == "stereo":
            sides = [self.music + self.voice, 0.7 * self.music + 0.3 * late + self.voice]
        else:
            sides = [self.music, 0.7 * self.music + 0.3 * late, self.voice, 0.1 * self.music, 0.4 * late, 0.4 * late]
        return np.clip(np.stack(sides, axis=1), -1, 1).astype(np.float32)


def season(
    seed: int,
    *,
    episodes: int,
    rate_hz: int,
    body_s: float = 80.0,
    opening_s: float = 40.0,
    intro_s: tuple[float, float] = (18.0, 35.0),
    credits_s: float = 22.0,
    mixes: Sequence[Mix] = MIXES,
) -> list[Episode]:
    """From the third episode on one begins with a recap; the last but one has no intro, if there are more than three."""
    chance = np.random.default_rng([seed, 3])
    theme = music(chance.uniform(*intro_s), seed=seed, rate_hz=rate_hz)
    ending = music(credits_s, seed=seed + 500, rate_hz=rate_hz)
    made: list[Episode] = []
    for number in range(episodes):
        has_intro = episodes <= 3 or number != episodes - 2
        episode = _episode(
            mixes[(number + seed) % len(mixes)],
            theme if has_intro else None,
            ending,
            seed=10 * (1000 * seed + number),
            rate_hz=rate_hz,
            body_s=body_s,
            opening_s=float(chance.uniform(0, opening_s)) if number else 0.0,
        )
        made.append(_with_recap(episode, made, chance) if number >= 2 else episode)
    return made


def _episode(
    mix: Mix, theme: Wave | None, ending: Wave, *, seed: int, rate_hz: int, body_s: float, opening_s: float
) -> Episode:
    silence = np.zeros_like(theme) if theme is not None else np.zeros(0, np.float32)
    over = babble(len(silence) / rate_hz, seed=seed + 7, rate_hz=rate_hz) * 2 * mix.voice_over
    parts = [
        (
            music(opening_s, seed=seed + 1, rate_hz=rate_hz) * 0.15,
            babble(opening_s, seed=seed + 2, rate_hz=rate_hz) * 0.6,
        ),
        (theme * 2 * mix.level if theme is not None else silence, over),
        (music(body_s, seed=seed + 3, rate_hz=rate_hz) * 0.15, babble(body_s, seed=seed + 4, rate_hz=rate_hz) * 0.6),
        (ending * 2 * mix.level, np.zeros_like(ending)),
    ]
    tracks = [np.concatenate([part[stem] for part in parts]).astype(np.float32) for stem in (0, 1)]
    starts = np.cumsum([0, *(len(part[0]) for part in parts)]) / rate_hz
    intro = (float(starts[1]), float(starts[2])) if theme is not None else None
    return Episode(mix, tracks[0], tracks[1], rate_hz, intro, None, float(starts[3]))


def _with_recap(episode: Episode, earlier: Sequence[Episode], chance: np.random.Generator) -> Episode:
    """Pieces of what happened between intro and credits, in the mix they were in."""
    rate, pieces = episode.rate_hz, list[tuple[Wave, Wave]]()
    for length_s in _RECAP_PIECES_S:
        source = earlier[-1 - int(chance.integers(min(3, len(earlier))))]
        first_s = source.intro[1] if source.intro else 0.0
        at = round(chance.uniform(first_s, source.credits_s - length_s) * rate)
        end = at + round(length_s * rate)
        pieces.append((source.music[at:end], source.voice[at:end]))
    music_before, voice_before = (np.concatenate([piece[stem] for piece in pieces]) for stem in (0, 1))
    moved = len(music_before) / rate
    return replace(
        episode,
        music=np.concatenate([music_before, episode.music]),
        voice=np.concatenate([voice_before, episode.voice]),
        intro=(episode.intro[0] + moved, episode.intro[1] + moved) if episode.intro else None,
        recap=(0.0, moved),
        credits_s=episode.credits_s + moved,
    )
