"""The sounds a narrator can make: for each, where the mouth resonates, how it is excited, how long it lasts.

Resonances are the textbook averages for a relaxed adult tract (in Hz); frication is a band of noise.
Transcriptions are ASCII tokens separated by spaces; a leading ' stresses a vowel, "," and "." pause.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sound:
    """A steady target of the vocal tract. Levels are 0..1; `hiss_hz` and `hiss_width_hz` shape the noise."""

    formants: tuple[float, float, float]
    seconds: float
    voice: float = 0.0
    hiss: float = 0.0
    hiss_hz: float = 0.0
    hiss_width_hz: float = 1.0
    breath: float = 0.0
    steady: bool = True


VOWELS: dict[str, tuple[float, float, float, float]] = {
    "i": (290, 2250, 2950, 0.105),
    "I": (400, 1950, 2550, 0.075),
    "e": (430, 2050, 2600, 0.100),
    "E": (560, 1800, 2500, 0.085),
    "ae": (690, 1680, 2450, 0.115),
    "a": (740, 1300, 2500, 0.105),
    "A": (720, 1110, 2450, 0.115),
    "V": (640, 1200, 2450, 0.080),
    "O": (560, 880, 2450, 0.110),
    "o": (460, 860, 2420, 0.100),
    "U": (440, 1050, 2300, 0.075),
    "u": (320, 900, 2300, 0.100),
    "M": (330, 1250, 2300, 0.085),
    "@": (500, 1450, 2450, 0.055),
    "3": (480, 1300, 1700, 0.110),
}
GLIDES: dict[str, tuple[str, str]] = {
    "aI": ("a", "I"),
    "aU": ("a", "U"),
    "eI": ("e", "I"),
    "oU": ("o", "U"),
    "OI": ("O", "I"),
    "ju": ("I", "u"),
}
LABIAL, DENTAL, ALVEOLAR, PALATAL, VELAR = (
    (300.0, 950.0, 2250.0),
    (300.0, 1400.0, 2550.0),
    (300.0, 1750.0, 2650.0),
    (290.0, 2100.0, 2750.0),
    (290.0, 1900.0, 2350.0),
)


def _vowel(name: str) -> Sound:
    f1, f2, f3, seconds = VOWELS[name]
    # A nearly closed mouth lets less out; speakers push a little, so do we.
    return Sound((f1, f2, f3), seconds, voice=min(1.7, max(1.0, (700 / f1) ** 0.6)))


def _stop(place: tuple[float, float, float], *, voiced: bool, hertz: float, width: float) -> tuple[Sound, ...]:
    """Closure, burst, and for the voiceless ones a little breath before the vowel."""
    closure = Sound(place, 0.055, voice=0.12 if voiced else 0.0)
    burst = Sound(place, 0.012, voice=0.1 if voiced else 0.0, hiss=0.34, hiss_hz=hertz, hiss_width_hz=width)
    if voiced:
        return (closure, burst)
    return (closure, burst, Sound(place, 0.022, breath=0.3, steady=False))


def _hiss(
    place: tuple[float, float, float],
    seconds: float,
    level: float,
    hertz: float,
    width: float,
    voice: float = 0.0,
) -> tuple[Sound, ...]:
    return (Sound(place, seconds, voice=voice, hiss=level, hiss_hz=hertz, hiss_width_hz=width),)


def _table() -> dict[str, tuple[Sound, ...]]:
    table: dict[str, tuple[Sound, ...]] = {name: (_vowel(name),) for name in VOWELS}
    for name, (first, second) in GLIDES.items():
        table[name] = (_vowel(first), _vowel(second))
    table |= {
        "m": (Sound((260, 1050, 2150), 0.075, voice=0.85),),
        "n": (Sound((270, 1500, 2500), 0.065, voice=0.85),),
        "N": (Sound((280, 1900, 2350), 0.075, voice=0.85),),
        "J": (Sound((270, 2000, 2700), 0.085, voice=0.85),),
        "l": (Sound((350, 1200, 2700), 0.065, voice=0.75),),
        "L": (Sound((320, 1950, 2700), 0.085, voice=0.6),),
        "r": (Sound((380, 1250, 1650), 0.065, voice=0.75),),
        "R": (Sound((400, 1450, 2350), 0.024, voice=0.22), Sound((420, 1450, 2350), 0.012, voice=0.7)),
        "w": (Sound((310, 720, 2250), 0.060, voice=0.55),),
        "j": (Sound((280, 2200, 2900), 0.055, voice=0.55),),
        "s": _hiss(ALVEOLAR, 0.095, 0.40, 6300, 2300),
        "z": _hiss(ALVEOLAR, 0.075, 0.22, 6000, 2300, 0.3),
        "S": _hiss(PALATAL, 0.100, 0.42, 3300, 1500),
        "Z": _hiss(PALATAL, 0.080, 0.22, 3200, 1500, 0.3),
        "f": _hiss(LABIAL, 0.085, 0.14, 5200, 5200),
        "v": _hiss(LABIAL, 0.060, 0.07, 4200, 4200, 0.4),
        "T": _hiss(DENTAL, 0.085, 0.11, 6200, 4200),
        "D": _hiss(DENTAL, 0.050, 0.05, 5200, 4200, 0.45),
        "B": _hiss(LABIAL, 0.050, 0.02, 2500, 3000, 0.5),
        "x": _hiss(VELAR, 0.085, 0.22, 1900, 1100),
        "h": (Sound((500, 1450, 2450), 0.060, breath=0.55, steady=False),),
        "p": _stop(LABIAL, voiced=False, hertz=900, width=1300),
        "b": _stop(LABIAL, voiced=True, hertz=800, width=1200),
        "t": _stop(ALVEOLAR, voiced=False, hertz=4200, width=2400),
        "d": _stop(ALVEOLAR, voiced=True, hertz=3700, width=2200),
        "k": _stop(VELAR, voiced=False, hertz=2100, width=1100),
        "g": _stop(VELAR, voiced=True, hertz=1900, width=1000),
        ",": (Sound((500, 1450, 2450), 0.20, steady=False),),
        ".": (Sound((500, 1450, 2450), 0.34, steady=False),),
    }
    table["tS"] = (table["t"][0], *_hiss(PALATAL, 0.070, 0.40, 3500, 1700))
    table["dZ"] = (table["d"][0], *_hiss(PALATAL, 0.050, 0.24, 3300, 1600, 0.25))
    table["ts"] = (table["t"][0], *_hiss(ALVEOLAR, 0.065, 0.38, 6300, 2300))
    table["Q"] = (Sound(ALVEOLAR, 0.09, steady=False),)
    return table


SOUNDS = _table()
