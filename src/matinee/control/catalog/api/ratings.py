"""Which ages the marks of rating boards stand for: data, country by country."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ADULTS = 18


@dataclass(frozen=True, slots=True)
class Board:
    """One board's marks, mildest first, each with the age from which it lets people watch."""

    id: str
    name: str
    countries: tuple[str, ...]
    marks: Mapping[str, int]


BOARDS: tuple[Board, ...] = (
    Board("us-mpa", "Motion Picture Association", ("US",), {"G": 0, "PG": 7, "PG-13": 13, "R": 17, "NC-17": 18}),
    Board(
        "us-tv",
        "TV Parental Guidelines",
        ("US",),
        {"TV-Y": 0, "TV-G": 0, "TV-Y7": 7, "TV-PG": 7, "TV-14": 14, "TV-MA": 18},
    ),
    Board("gb-bbfc", "BBFC", ("GB",), {"U": 0, "PG": 7, "12A": 12, "12": 12, "15": 15, "18": 18, "R18": 18}),
    Board("ie-ifco", "IFCO", ("IE",), {"G": 0, "PG": 7, "12A": 12, "15A": 15, "16": 16, "18": 18}),
    Board("de-fsk", "FSK", ("DE",), {"0": 0, "6": 6, "12": 12, "16": 16, "18": 18}),
    Board("at-jmk", "JMK", ("AT",), {"0": 0, "6": 6, "10": 10, "12": 12, "14": 14, "16": 16}),
    Board("fr-cnc", "CNC", ("FR",), {"TP": 0, "10": 10, "12": 12, "16": 16, "18": 18}),
    Board("es-icaa", "ICAA", ("ES",), {"A": 0, "7": 7, "12": 12, "16": 16, "18": 18}),
    Board("it-mic", "Ministero della Cultura", ("IT",), {"T": 0, "6+": 6, "14+": 14, "18+": 18}),
    Board("nl-kijkwijzer", "Kijkwijzer", ("NL",), {"AL": 0, "6": 6, "9": 9, "12": 12, "14": 14, "16": 16, "18": 18}),
    Board("se-smr", "Statens medieråd", ("SE",), {"Btl": 0, "7": 7, "11": 11, "15": 15}),
    Board("jp-eirin", "Eirin", ("JP",), {"G": 0, "PG12": 12, "R15+": 15, "R18+": 18}),
    Board("kr-kmrb", "KMRB", ("KR",), {"ALL": 0, "12": 12, "15": 15, "19": ADULTS}),
    Board("in-cbfc", "CBFC", ("IN",), {"U": 0, "UA 7+": 7, "UA 13+": 13, "UA 16+": 16, "A": 18}),
    Board("br-classind", "ClassInd", ("BR",), {"L": 0, "10": 10, "12": 12, "14": 14, "16": 16, "18": 18}),
    Board("mx-rtc", "RTC", ("MX",), {"AA": 0, "A": 0, "B": 12, "B15": 15, "C": 18, "D": 18}),
    Board("au-acb", "Australian Classification", ("AU",), {"G": 0, "PG": 7, "M": 15, "MA 15+": 15, "R 18+": 18}),
    Board("ca-chvrs", "CHVRS", ("CA",), {"G": 0, "PG": 7, "14A": 14, "18A": 18, "R": 18}),
)
_BY_ID = {board.id: board for board in BOARDS}


def board(system: str) -> Board | None:
    return _BY_ID.get(system)


def ages_of(marks: Mapping[str, str]) -> Mapping[str, int]:
    """By country: where two boards of one country have judged, the stricter. What no board knows is for adults."""
    found: dict[str, int] = {}
    for system, mark in marks.items():
        if (its := _BY_ID.get(system)) is not None:
            for country in its.countries:
                found[country] = max(found.get(country, 0), its.marks.get(mark, ADULTS))
    return found


@dataclass(frozen=True, slots=True)
class RatingSystem:
    """How ratings written on titles map to ages: what holds where no board of the viewer's country has judged."""

    ages: Mapping[str, int] = field(
        default_factory=lambda: {
            "G": 0,
            "TV-G": 0,
            "ALL": 0,
            "PG": 7,
            "TV-PG": 7,
            "7+": 7,
            "PG-13": 13,
            "TV-14": 13,
            "13+": 13,
            "16+": 16,
            "R": 17,
            "TV-MA": 18,
            "NC-17": 18,
            "18+": 18,
        }
    )
    unrated: int = ADULTS
    """An unrated title is treated as for adults: kids' safety by default."""

    @property
    def levels(self) -> tuple[int, ...]:
        """Every age a title can have, lowest first."""
        boards = (age for each in BOARDS for age in each.marks.values())
        return tuple(sorted({*self.ages.values(), *boards, self.unrated}))

    def age(self, rating: str) -> int:
        return self.ages.get(rating.upper(), self.unrated)

    def default_age(self, rating: str, ages: Mapping[str, int]) -> int:
        """Where no board of a country has judged: what is written on the title, else the strictest of those that have."""
        if rating.upper() in self.ages:
            return self.ages[rating.upper()]
        return max(ages.values(), default=self.unrated)
