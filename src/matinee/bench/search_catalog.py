"""A made catalog for `matinee bench search`: titles in three languages each, with people, genres and synopses.

Words are drawn by Zipf's law, so that some stand in hundreds of names and most in few. Names of people are put together from
common given names and family names of several cultures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from matinee.bench.search_draws import Draws
from matinee.bench.search_files import BenchTitle
from matinee.bench.search_tongues import TONGUES, Spelled

_WORDS = {
    "en": """night river garden house winter secret silver last lost summer paper stone glass shadow harbor king queen daughter
    brother stranger letter bridge island forest mountain ocean train station road home dream fire storm snow rain wind star moon
    sun sky bird wolf fox horse lion tiger bear dancer singer soldier doctor teacher captain thief hunter painter baker clockmaker
    lighthouse orchard valley village city street kitchen market library museum theater circus carnival wedding funeral promise
    whisper silence thunder lantern candle mirror window door key map compass anchor sailor violin piano trumpet melody rhythm
    golden broken hidden frozen burning falling wandering endless quiet brave gentle wicked crooked crimson emerald scarlet velvet
    hollow ancient distant midnight morning evening autumn spring harvest meadow desert canyon glacier volcano comet planet orbit
    engine machine signal cipher paradox fortune destiny courage mercy justice honor revenge treasure kingdom empire castle tower
    fortress prison trial verdict witness alibi motive confession inheritance marionette carousel apricot saffron cinnamon sparrow
    heron falcon otter badger salmon willow cedar juniper ivory amber cobalt copper tin""",
    "es": """noche río jardín casa invierno secreto plata verano papel piedra cristal sombra puerto rey reina hija hermano
    extraño carta puente isla bosque montaña océano tren estación camino sueño fuego tormenta nieve lluvia viento estrella luna
    sol cielo pájaro lobo caballo león bailarina soldado médico maestro capitán ladrón cazador pintor panadero faro valle pueblo
    ciudad calle cocina mercado biblioteca teatro circo boda promesa silencio trueno espejo ventana puerta llave mapa corazón
    canción mañana otoño cosecha desierto fortuna destino justicia venganza tesoro castillo torre prisión testigo herencia""",
    "fr": """nuit rivière jardin maison hiver secret été papier pierre verre ombre roi reine fille frère étranger lettre pont île
    forêt montagne océan train gare chemin rêve feu tempête neige pluie vent étoile lune soleil ciel oiseau loup cheval danseuse
    soldat médecin maître capitaine voleur chasseur peintre phare vallée village ville rue cuisine marché théâtre cirque mariage
    promesse silence tonnerre miroir fenêtre porte clé carte cœur chanson matin automne désert fortune destin vengeance trésor
    château tour prison témoin héritage goût forêts""",
    "de": """Nacht Fluss Garten Haus Winter Geheimnis Silber Sommer Papier Stein Glas Schatten Hafen König Königin Tochter Bruder
    Fremder Brief Brücke Insel Wald Berg Ozean Zug Bahnhof Straße Traum Feuer Sturm Schnee Regen Wind Stern Mond Sonne Himmel
    Vogel Wolf Pferd Löwe Tänzerin Soldat Arzt Lehrer Kapitän Dieb Jäger Maler Bäcker Leuchtturm Tal Dorf Stadt Küche Markt Zirkus
    Hochzeit Schweigen Donner Spiegel Fenster Schlüssel Herz Lied Morgen Herbst Wüste Glück Schicksal Rache Schatz Schloss Turm""",
}
_GIVEN_FAMILY = {
    "en": (
        "James Mary Oliver Emily Jack Sophie Henry Grace Arthur Florence Samuel Ruth Walter Alice Theo Nora",
        "Whitaker Lindqvist Harrow Pemberton O'Neill Blackwood Fairbanks Carver Ashdown Merrick Kingsley Thorne Winslow Hale",
    ),
    "es": (
        "José María Andrés Lucía Joaquín Inés Raúl Sofía Íñigo Begoña Tomás Belén Álvaro Nuria",
        "García Muñoz Peña Ibáñez Núñez Ortega Sáenz Villalobos Castañeda Zamora Beltrán Quiroga",
    ),
    "fr": (
        "Zoé Étienne Chloé François Amélie Rémi Hélène Gaël Océane Benoît",
        "Lefèvre Béranger Dubois Garçon Lemaître Châtelain Moreau d'Aubigny Rousselot",
    ),
    "de": (
        "Jürgen Käthe Björn Anneliese Günther Sören Ilse Matthäus",
        "Müller Schröder Weiß Großmann Köhler Bäumler von Stein Jäger",
    ),
    "pl": (
        "Łukasz Agnieszka Paweł Małgorzata Zbigniew Żaneta",
        "Nowak Wiśniewski Wójcik Zieliński Dąbrowska Kaźmierczak",
    ),
    "tr": ("Çağla Ömer Şebnem Gökhan Ayşe İlker", "Yılmaz Öztürk Şahin Güneş Çelik Aydın"),
    "ja": (
        "Haruka Kenji Yuki Takeshi Ayumi Shinichi Natsuko",
        "Tanaka Shimizu Kobayashi Fujimoto Hashimoto Matsuda Okonogi",
    ),
    "ko": ("Ji-woo Min-jun Seo-yeon Hyun-woo Eun-ji Sang-hoon", "Kim Park Choi Jeong Hwang Baek"),
    "hi": (
        "Aarav Deepika Rajesh Priyanka Vikram Anjali",
        "Chatterjee Krishnan Agarwal Deshpande Mukherjee Bhattacharya",
    ),
    "ar": ("Khaled Layla Youssef Mariam Tariq Nadia", "Al-Rashid Haddad El-Masry Mansour Khoury Benali"),
    "vi": ("Nguyễn Thúy Đức Hương Quốc Phượng", "Trần Phạm Đặng Võ Bùi Hoàng"),
}
GENRES = [
    "action",
    "adventure",
    "animation",
    "comedy",
    "crime",
    "documentary",
    "drama",
    "family",
    "fantasy",
    "history",
    "horror",
    "music",
    "mystery",
    "romance",
    "science-fiction",
    "thriller",
    "war",
    "western",
]
_ORIGINALS = {
    "en": 34, "es": 9, "fr": 7, "de": 6, "ja": 12, "ko": 8, "ar": 8, "hi": 8, "ru": 5, "el": 3,
}  # fmt: skip
_TYPES = ("movie",) * 7 + ("series", "series", "documentary")
_PEOPLE, _CAST = 12_000, 5
_INVENTED = 3_000
_SERIES_SHARE = 0.06

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class MadeName:
    """A name as it was put together: what may be left out, typed in Latin letters, or written otherwise."""

    language: str
    text: str
    latin: str = ""
    other_latin: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    titles: tuple[BenchTitle, ...]
    names: dict[str, tuple[MadeName, ...]] = field(default_factory=dict)


class Catalogue:
    """Everything from one seed."""

    def __init__(self, seed: str) -> None:
        self._chance = Draws(f"catalog {seed}")
        chance = self._chance
        self._words = {language: chance.shuffled(words.split()) for language, words in _WORDS.items()}
        tail = [_place(chance) for _ in range(_INVENTED)]
        for words in self._words.values():  # names of places and families, the same in every Latin language
            words += tail
        self._foreign = {language: [make(chance) for _ in range(1_500)] for language, make in TONGUES.items()}
        self._people = [self._person() for _ in range(_PEOPLE)]
        self._zipf: dict[int, list[float]] = {}

    def make(self, count: int) -> Made:
        titles: list[BenchTitle] = []
        names: dict[str, tuple[MadeName, ...]] = {}
        while len(titles) < count:
            made = self._names()
            parts = self._chance.choice((2, 3, 4)) if self._chance.random() < _SERIES_SHARE else 1
            for part in range(1, min(parts, count - len(titles)) + 1):
                one = f"t{len(titles):05}"
                names[one] = tuple(_numbered(name, part, self._chance) for name in made)
                titles.append(self._title(one, names[one]))
        return Made(tuple(titles), names)

    def _title(self, one: str, names: Sequence[MadeName]) -> BenchTitle:
        chance = self._chance
        latin = [n.language for n in names if n.language in self._words]
        return BenchTitle(
            one,
            {name.language: name.text for name in names},
            {
                n.language: self._synopsis(n.language if n.language in self._words else latin[0], 30)
                if n.language in self._words
                else " ".join(chance.choice(self._foreign[n.language]).written for _ in range(15))
                for n in names
            },
            (),
            tuple(dict.fromkeys(self._draw(self._people) for _ in range(_CAST))),
            tuple(chance.sample(GENRES, 2)),
            chance.choice(_TYPES),
            chance.randint(1940, 2026),
            chance.choice((0, 7, 13, 16, 18)),
            round(math.exp(chance.gauss(2, 2)), 2),
        )

    def _names(self) -> list[MadeName]:
        chance = self._chance
        original = chance.weighted(list(_ORIGINALS), list(_ORIGINALS.values()))
        others = [language for language in _ORIGINALS if language not in ("en", original)]
        languages = [original, *(["en"] if original != "en" else []), *chance.sample(others, 2)][:3]
        return [self._foreign_name(x) if x in self._foreign else self._latin_name(x) for x in languages]

    def _foreign_name(self, language: str) -> MadeName:
        words = [self._draw(self._foreign[language]) for _ in range(self._chance.choice((1, 2, 2, 3)))]
        if language == "ja":
            return _japanese(words)
        return MadeName(language, " ".join(w.written for w in words), " ".join(w.latin for w in words))

    def _latin_name(self, language: str) -> MadeName:
        chance = self._chance

        def word() -> str:
            found = self._draw(self._words[language])
            return found[:1].upper() + found[1:]

        one, two, three = word(), word(), word()
        given = self._draw(self._people).split()[0]
        forms = {
            "en": (one, f"The {one} {two}", f"{one} of the {two}", f"{one} & {two}", f"{given}'s {one}", f"{one}: {two} {three}",
                   f"A {one} in {two}", f"{one} {two}", f"The {one}", f"{one} and the {two} {three}", f"Don't {one}!"),
            "es": (f"El {one} de {two}", f"La {one} {two}", one, f"{one} y {two}", f"¿{one} o {two}?", f"Los {one}s de {two}"),
            "fr": (f"Le {one} de {two}", f"L'{one} {two}", one, f"{one} et {two}", f"Les {one}s du {two}", f"À {one}, {two}"),
            "de": (f"Der {one} von {two}", f"Das {one}", f"{one}{two.lower()}", f"{one} und {two}", f"Die {one} im {two}"),
        }[language]  # fmt: skip
        return MadeName(language, chance.choice(forms))

    def _person(self) -> str:
        given, family = self._chance.choice(list(_GIVEN_FAMILY.values()))
        middle = self._chance.choice((*"ABCDEFGHJKLMNPRST", *[""] * 20))
        last = self._chance.choice(family.split())
        invented = _place(self._chance) if self._chance.random() < 0.7 else last
        return " ".join(
            part for part in (self._chance.choice(given.split()), middle and f"{middle}.", invented) if part
        )

    def _synopsis(self, language: str, words: int) -> str:
        return " ".join(self._draw(self._words[language]) for _ in range(words)).capitalize() + "."

    def _draw(self, values: Sequence[_T]) -> _T:
        """By rank: the tenth is drawn a tenth as often as the first, nearly."""
        weights = self._zipf.get(len(values))
        if weights is None:
            total, weights = 0.0, []
            for rank in range(1, len(values) + 1):
                total += 1 / (rank + 8) ** 0.9
                weights.append(total)
            self._zipf[len(values)] = weights
        return self._chance.by_sums(values, weights)


def _place(chance: Draws) -> str:
    onsets, vowels = (
        [
            "b",
            "br",
            "c",
            "ch",
            "d",
            "dr",
            "f",
            "g",
            "gr",
            "h",
            "k",
            "l",
            "m",
            "n",
            "p",
            "r",
            "s",
            "sh",
            "st",
            "t",
            "tr",
            "v",
            "w",
        ],
        ["a", "e", "i", "o", "u", "ai", "ea", "oa"],
    )
    ends = ["n", "r", "l", "s", "m", "rd", "nd", "ll", "ck", "th", "ston", "ford", "by", "wick", "man"]
    middle = chance.choice(onsets) + chance.choice(vowels) if chance.random() < 0.6 else ""
    return (chance.choice(onsets) + chance.choice(vowels) + middle + chance.choice(ends)).capitalize()


def _japanese(words: Sequence[Spelled]) -> MadeName:
    return MadeName(
        "ja",
        "の".join(w.written for w in words),
        " no ".join(w.latin for w in words),
        " no ".join(w.other_latin for w in words),
    )


def _numbered(name: MadeName, part: int, chance: Draws) -> MadeName:
    if part == 1:
        return name
    roman, word = {2: ("II", "Two"), 3: ("III", "Three"), 4: ("IV", "Four")}[part]
    mark = chance.choice((f" {part}", f" {roman}", f": Part {word}")) if name.language == "en" else f" {part}"
    return MadeName(
        name.language,
        name.text + mark,
        name.latin and f"{name.latin} {part}",
        name.other_latin and f"{name.other_latin} {part}",
    )
