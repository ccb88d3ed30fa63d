"""The three scores, written out. Bars fall on cuts, so a chord changes when the picture does."""

from matinee.demo.films.score import (
    Sheet,
    bass,
    brass,
    celesta,
    drum,
    felt,
    hall,
    pluck,
    shaker,
    strings,
    whistle,
)
from matinee.demo.films.story import Samples

CHORDS: dict[str, tuple[str, ...]] = {
    "C": ("C4", "E4", "G4"),
    "F": ("C4", "F4", "A4"),
    "G": ("B3", "D4", "G4"),
    "Am": ("C4", "E4", "A4"),
    "Dm": ("D4", "F4", "A4"),
    "Em": ("B3", "E4", "G4"),
    "Fm": ("C4", "F4", "Ab4"),
    "Bb": ("D4", "F4", "Bb4"),
    "Gm": ("D4", "G4", "Bb4"),
    "A": ("C#4", "E4", "A4"),
    "D": ("D4", "F#4", "A4"),
    "Am9": ("A3", "C4", "E4", "B4"),
    "Fmaj7": ("F3", "C4", "E4", "A4"),
    "Dm9": ("D3", "F4", "C5", "E5"),
    "Esus": ("E3", "A3", "B3", "E4"),
    "E": ("E3", "G#3", "B3", "E4"),
    "Cmaj9": ("C3", "G3", "E4", "B4", "D5"),
    "G6": ("G3", "D4", "E4", "B4"),
}
ROOTS = {"C": "C3", "F": "F2", "G": "G2", "A": "A2", "D": "D3", "E": "E3", "B": "Bb2"}


def _bars(chords: str) -> list[str]:
    """One chord a bar."""
    return chords.split()


def _root(chord: str) -> str:
    return ROOTS[chord[0]]


def quay_waltz(seconds: float) -> Samples:
    """The Paper Boat: a waltz in C for ukulele, whistle and celesta; three beats a bar, a bar each 1.5 s."""
    sheet = Sheet(seconds, beats_per_minute=120)
    bars = _bars("C G C Am F Dm Fm G Am Em F C F G Am F G C C")
    for i, chord in enumerate(bars):
        beat, deep = 3 * i, 8 <= i < 11
        sheet.note(bass, _root(chord), beat, 2.4, level=0.5, pan=-0.1)
        if deep:
            for k, name in enumerate((*CHORDS[chord], CHORDS[chord][1])):
                sheet.note(celesta, name, beat + 0.75 * k, 1, level=0.3, pan=0.4 - 0.25 * k)
            sheet.chord(strings, CHORDS[chord], beat, 3, level=0.3)
            continue
        for off in (1, 2):
            sheet.chord(pluck, CHORDS[chord], beat + off, 0.6, level=0.3, spread=0.35)
        if 2 <= i < 17:
            for k in range(3):
                sheet.sound(shaker, 7000, beat + k, 0.12, level=0.10 if k else 0.16, pan=0.35)
        if 11 <= i < 14:
            sheet.sound(drum, 62, beat, 0.3, level=0.6)
            sheet.chord(strings, CHORDS[chord], beat, 3, level=0.28)
    opening = "G4:1 C5:1 E5:1 D5:2 B4:1 E5:1.5 G5:.5 E5:1 C5:2 A4:1 A4:1 C5:1 F5:1 F5:2 D5:1 C5:1 Ab4:1 F5:1 G4:2.6"
    sheet.melody(whistle, opening, 0, level=0.36, pan=0.1, held=0.94)
    laugh = "E5:.5 G5:.5 C6:.5 G5:.5 E6:1 D6:.5 C6:.5 A5:.5 C6:.5 F6:1 G6:.5 F6:.5 E6:.5 D6:.5 B5:1"
    sheet.melody(celesta, laugh, 33, level=0.42, pan=-0.2)
    home = "E5:1.5 C5:.5 A4:1 A4:1 C5:1 F5:1 E5:1 D5:1 B4:1 C5:3"
    sheet.melody(whistle, home, 42, level=0.34, pan=0.1, held=0.94)
    sheet.chord(celesta, ("C5", "E5", "G5", "C6"), 54, 3, level=0.2)
    return hall(sheet.tape(), seconds=1.3, wet=0.5, seed=11)


def brakeless_gallop(seconds: float) -> Samples:
    """The Confetti Express: D minor at a gallop, D major on arrival; 1.5 s a bar of four."""
    sheet = Sheet(seconds, beats_per_minute=160)
    bars = _bars("Dm Dm Dm C Bb Gm A Dm Bb Gm A A D G A G D")
    for i, chord in enumerate(bars):
        _rails(sheet, 4 * i, loud=i < 15)
        party = i >= 12
        for k in range(8 if i < 16 else 2):
            root = _root(chord)
            sheet.note(bass, root, 4 * i + k / 2, 0.4, level=0.5 if k % 2 == 0 else 0.36)
        if party:
            sheet.chord(strings, CHORDS[chord], 4 * i, 4, level=0.3)
            for at in (0.0, 1.5, 2.5, 3.0) if i < 16 else (0.0,):
                sheet.chord(pluck, CHORDS[chord], 4 * i + at, 0.5, level=0.34)
        elif i in (10, 11):
            for k in range(16):
                sheet.chord(
                    strings,
                    ("A3", "C#4", "E4", "G4"),
                    4 * i + k / 4,
                    0.2,
                    level=0.12 + 0.016 * (k + 16 * (i - 10)),
                )
        else:
            for at in (0.0, 0.75, 1.5, 2.5):
                sheet.chord(pluck, CHORDS[chord], 4 * i + at, 0.4, level=0.36)
    chase = (
        "D5:.5 E5:.5 F5:.5 A5:.5 G5:.5 F5:.5 E5:.5 D5:.5 E5:1 C5:1 G5:1 E5:1 F5:.5 G5:.5 F5:.5 D5:.5 Bb4:2 "
        "G4:.5 A4:.5 Bb4:.5 D5:.5 G5:2 "
        "A5:1.5 G5:.5 F5:.5 E5:.5 C#5:1 D5:1 A5:1 F5:1 D5:1 D5:1 Bb5:1 F5:1 D5:1 G5:1 Bb5:1 D6:2"
    )
    sheet.melody(brass, chase, 8, level=0.30, pan=-0.15, held=0.85)
    parade = (
        "A5:.75 A5:.25 F#5:.5 A5:.5 D6:1 A5:1 B5:.75 B5:.25 G5:.5 B5:.5 D6:1 B5:1 "
        "C#6:.5 D6:.5 E6:.5 C#6:.5 A5:1 E6:1 "
        "D6:.75 B5:.25 G5:.5 B5:.5 A5:.5 B5:.5 C#6:1 D6:3"
    )
    sheet.melody(brass, parade, 48, level=0.36, pan=-0.15, held=0.85)
    sheet.melody(celesta, parade, 48, level=0.26, pan=0.35)
    return hall(sheet.tape(), seconds=0.9, wet=0.35, seed=23)


def _rails(sheet: Sheet, beat: float, *, loud: bool) -> None:
    """Wheels over rail joints: two quick knocks, two more, and the wires of a snare between them."""
    if not loud:
        return
    for k in range(16):
        accent = (0.26, 0.10, 0.15, 0.08)[k % 4]
        sheet.sound(shaker, 6000, beat + k / 4, 0.1, level=accent, pan=0.3)
    for at in (0.0, 0.25, 2.0, 2.25):
        sheet.sound(drum, 84, beat + at, 0.3, level=0.55, pan=-0.2)
    for at in (1.0, 3.0):
        sheet.sound(shaker, 1900, beat + at, 0.2, level=0.5, pan=0.1)
        sheet.sound(drum, 170, beat + at, 0.2, level=0.2, pan=0.1)
    sheet.sound(drum, 55, beat, 0.3, level=0.7)


def longest_night(seconds: float) -> Samples:
    """The Lake of Small Lights: felt piano and strings in A minor, finding C major; sixty beats a minute."""
    sheet = Sheet(seconds, beats_per_minute=60)
    changes = (
        (0, 4, "Am9"),
        (4, 5, "Fmaj7"),
        (9, 4, "Dm9"),
        (13, 2, "Esus"),
        (15, 2, "E"),
        (17, 2.5, "Fmaj7"),
        (19.5, 2.5, "G6"),
        (22, 4, "Cmaj9"),
        (26, 4, "Am9"),
    )
    for beat, beats, chord in changes:
        swell = 0.42 if 17 <= beat < 26 else 0.28
        sheet.chord(strings, CHORDS[chord], beat, beats, level=swell, spread=0.7)
        low = CHORDS[chord][0]
        sheet.note(felt, f"{low[:-1]}2", beat, beats, level=0.5, pan=-0.2)
        notes = CHORDS[chord]
        for k in range(int(beats * 2)):
            sheet.note(
                felt,
                notes[(k * 2 + 1) % len(notes)],
                beat + 0.5 * k,
                0.8,
                level=0.16 if k else 0.26,
                pan=0.3 * (-1) ** k,
            )
    tune = (
        "-:1.5 E5:.5 A5:1 B5:1 C6:2 B5:1 A5:1 -:1 F5:1 E5:1 D5:2 "
        "-:.5 E5:.5 F#5:.5 G#5:.5 B5:1 E6:1 A5:1 C6:.5 E6:1 D6:1 B5:1.5"
    )
    sheet.melody(celesta, tune, 0, level=0.30, pan=0.2)
    sheet.melody(celesta, "E6:1 G6:1 D6:2 C6:1 B5:1 A5:2", 22, level=0.28, pan=0.2)
    for k, name in enumerate(("C6", "E6", "G6", "B6", "D7")):
        sheet.note(celesta, name, 23 + 0.25 * k, 2, level=0.14, pan=-0.4 + 0.2 * k)
    return hall(sheet.tape(), seconds=2.8, wet=0.9, seed=37)
