"""How people ask: questions made from a catalog's titles by rules that know nothing of any engine.

A question that more than three titles answer equally well is not asked, since nobody could say which was meant; where up to
three do, each of them is right.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from matinee.bench.search_catalog import GENRES, Made, MadeName
from matinee.bench.search_draws import Draws
from matinee.bench.search_files import BenchTitle, Question

_EQUALS_MAX = 3
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SMALL = frozenset(
    [
        "the",
        "a",
        "of",
        "in",
        "and",
        "el",
        "la",
        "los",
        "de",
        "y",
        "o",
        "le",
        "les",
        "du",
        "et",
        "der",
        "das",
        "die",
        "von",
        "und",
        "im",
        "no",
        "part",
    ]
)
_GENRE_SYNONYMS = {
    "science-fiction": ("sci-fi", "scifi"),
    "romance": ("love story", "romantic"),
    "comedy": ("funny",),
    "animation": ("cartoon",),
    "documentary": ("docu",),
    "horror": ("scary",),
    "mystery": ("whodunit",),
    "family": ("kids",),
}
_NUMERALS = {
    "2": ("II", "two"), "3": ("III", "three"), "4": ("IV", "four"), "II": ("2", "two"), "III": ("3",), "IV": ("4", "four"),
    "Two": ("2", "II"), "Three": ("3", "III"), "Four": ("4",),
}  # fmt: skip

Rule = Callable[["Asking", BenchTitle, MadeName], "tuple[str, Sequence[str]] | None"]
"""What is typed, and which titles are right; None: this title cannot be asked for so."""


class Asking:
    def __init__(self, made: Made, seed: str) -> None:
        self.chance = Draws(f"questions {seed}")
        self._made = made
        self._by_word: dict[str, set[str]] = defaultdict(set)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._by_person: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, list[str]] = defaultdict(list)
        self._genres = {title.id: title.genres for title in made.titles}
        for title in made.titles:
            for name in title.names.values():
                plain = _plain(name)
                self._names[title.id].append(plain)
                self._by_name[plain].add(title.id)
                for word in plain.split():
                    self._by_word[word].add(title.id)
            for person in title.cast:
                self._by_person[_plain(person)].add(title.id)

    def all(self, each: int) -> list[Question]:
        questions: list[Question] = []
        for kind, rule in RULES.items():
            found = 0
            while found < each:
                title = self.chance.choice(self._made.titles)
                name = self.chance.choice(self._made.names[title.id])
                asked = rule(self, title, name)
                if asked is not None and len(asked[1]) > 0 and asked[0].strip():
                    questions.append(Question(asked[0], tuple(sorted(asked[1])), name.language, kind))
                    found += 1
        return questions

    def named(self, text: str) -> list[str]:
        return sorted(self._by_name[_plain(text)])

    def holding(self, text: str) -> list[str]:
        """Titles with all of these words in one name; none where there are too many."""
        words = _plain(text).split()
        if not words:
            return []
        found = set.intersection(*(self._by_word.get(word, set()) for word in words))
        if len(found) > 200:
            return []
        found = {one for one in found if any(set(words) <= set(name.split()) for name in self._names[one])}
        return sorted(found) if len(found) <= _EQUALS_MAX else []

    def beginning(self, text: str) -> list[str]:
        plain = _plain(text)
        found = {one for one, names in self._names.items() if any(name.startswith(plain) for name in names)}
        return sorted(found) if len(found) <= _EQUALS_MAX else []

    def with_beginnings(self, cut: Sequence[str]) -> list[str]:
        found = {
            one
            for one, names in self._names.items()
            if any(all(any(word.startswith(c) for word in name.split()) for c in cut) for name in names)
        }
        return sorted(found) if len(found) <= _EQUALS_MAX else []

    def with_person(self, person: str) -> list[str]:
        return sorted(self._by_person[_plain(person)])

    def in_genre(self, genre: str, word: str) -> list[str]:
        return sorted(one for one in self._by_word[_plain(word)] if genre in self._genres[one])

    def slip(self, text: str, count: int = 1) -> str | None:
        """Fingers slip: a neighbor's key, two letters exchanged, one left out or doubled; not in the shortest words."""
        for _ in range(count):
            places = [at for at, char in enumerate(text) if char.isalpha() and len(_word_at(text, at)) >= 4]
            if not places:
                return None
            at = self.chance.choice(places)
            text = self._slip_at(text, at)
        return text

    def _slip_at(self, text: str, at: int) -> str:
        char = text[at]
        row = next((row for row in _KEYBOARD if char.lower() in row), "")
        ways = [
            "drop",
            "double",
            *(["swap"] if text[at + 1 : at + 2].isalpha() else []),
            *(["near"] * 2 if row else []),
        ]
        way = self.chance.choice(ways)
        if way == "near":
            key = row.index(char.lower())
            return text[:at] + self.chance.choice(row[max(0, key - 1) : key] + row[key + 1 : key + 2]) + text[at + 1 :]
        if way == "swap":
            return text[:at] + text[at + 1] + char + text[at + 2 :]
        return text[:at] + (char * 2 if way == "double" else "") + text[at + 1 :]


def _exact(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    return name.text.lower(), asking.named(name.text)


def _prefix(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    least = 2 if name.language in ("ja", "ko") else 4
    if len(name.text) <= least:
        return None
    cut = name.text[: asking.chance.randint(least, len(name.text) - 1)].rstrip()
    return cut, asking.beginning(cut)


def _partial_words(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    """The first letters of each word, as hurried people type."""
    words = [word for word in _plain(name.text).split() if word not in _SMALL]
    if len(words) < 2 or min(map(len, words)) < 4 or name.language == "ja":
        return None
    cut = [word[: max(3, asking.chance.randint(len(word) // 2, len(word)))] for word in words]
    return " ".join(cut), asking.with_beginnings(cut)


def _missing_word(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    words = name.text.split()
    if len(words) < 3:
        return None
    words.pop(asking.chance.randrange(len(words)))
    return " ".join(words), asking.holding(" ".join(words))


def _swapped_words(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    words = name.text.split()
    if len(words) < 2:
        return None
    at = asking.chance.randrange(len(words) - 1)
    words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words).lower(), asking.holding(" ".join(words))


def _one_slip(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    slipped = asking.slip(name.text.lower())
    return None if slipped is None else (slipped, asking.named(name.text))


def _two_slips(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    if sum(char.isalpha() for char in name.text) < 9:
        return None
    slipped = asking.slip(name.text.lower(), 2)
    return None if slipped is None else (slipped, asking.named(name.text))


def _no_accents(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    if name.language not in ("es", "fr", "de"):
        return None
    bare = "".join(c for c in unicodedata.normalize("NFD", name.text) if not unicodedata.combining(c)).lower()
    bare = bare.replace("œ", "oe").replace("ß", "ss")
    return (bare, asking.named(name.text)) if bare != name.text.lower() else None


def _in_latin(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    typed = asking.chance.choice([name.latin, name.latin, name.other_latin or name.latin])
    return (typed, asking.named(name.text)) if len(typed) >= 4 else None


def _in_latin_slip(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    if len(name.latin) < 8:
        return None
    slipped = asking.slip(name.latin)
    return None if slipped is None else (slipped, asking.named(name.text))


def _joined(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    words = name.text.lower().split()
    if len(words) < 2 or name.language not in ("en", "es", "fr", "de"):
        return None
    at = asking.chance.randrange(len(words) - 1)
    words[at : at + 2] = [words[at] + words[at + 1]]
    return " ".join(words), asking.named(name.text)


def _split(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    words = name.text.lower().split()
    long = [at for at, word in enumerate(words) if len(word) >= 7 and word.isalpha()]
    if not long or name.language not in ("en", "es", "fr", "de"):
        return None
    at = asking.chance.choice(long)
    cut = asking.chance.randint(3, len(words[at]) - 3)
    words[at] = f"{words[at][:cut]} {words[at][cut:]}"
    return " ".join(words), asking.named(name.text)


def _person(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    person = asking.chance.choice(title.cast)
    return person.lower(), asking.with_person(person)


def _person_slip(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    person = asking.chance.choice(title.cast)
    slipped = asking.slip(person.lower(), asking.chance.choice((1, 1, 2)))
    return None if slipped is None else (slipped, asking.with_person(person))


def _genre_and_word(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    word, genre = _longest(name), asking.chance.choice(title.genres)
    found = asking.in_genre(genre, word) if len(word) >= 4 else []
    return (f"{genre.replace('-', ' ')} {word}", found) if len(found) <= 2 * _EQUALS_MAX else None


def _genre_synonym(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    genre = next((genre for genre in title.genres if genre in _GENRE_SYNONYMS), None)
    word = _longest(name)
    if genre is None or len(word) < 4 or name.language != "en":
        return None
    found = asking.in_genre(genre, word)
    return (f"{asking.chance.choice(_GENRE_SYNONYMS[genre])} {word}", found) if len(found) <= 2 * _EQUALS_MAX else None


def _numeral(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    *words, last = name.text.split()
    if last not in _NUMERALS or not words or name.language != "en":
        return None
    return " ".join([*words, asking.chance.choice(_NUMERALS[last])]).lower(), asking.named(name.text)


def _other_words(asking: Asking, title: BenchTitle, name: MadeName) -> tuple[str, Sequence[str]] | None:
    """`and` for `&`, no apostrophe, no punctuation."""
    typed = re.sub(r"[^\w ]", "", name.text.replace("&", "and")).lower()
    return (typed, asking.named(name.text)) if name.language == "en" and typed != name.text.lower() else None


RULES: Mapping[str, Rule] = {
    "exact": _exact,
    "prefix": _prefix,
    "partial words": _partial_words,
    "missing word": _missing_word,
    "swapped words": _swapped_words,
    "one slip": _one_slip,
    "two slips": _two_slips,
    "no accents": _no_accents,
    "in Latin letters": _in_latin,
    "in Latin, a slip": _in_latin_slip,
    "joined words": _joined,
    "split word": _split,
    "person": _person,
    "person, slips": _person_slip,
    "genre and word": _genre_and_word,
    "genre's other name": _genre_synonym,
    "numeral": _numeral,
    "punctuation": _other_words,
}
assert set(_GENRE_SYNONYMS) <= set(GENRES)


def _longest(name: MadeName) -> str:
    return max(_plain(name.text).split(), key=len, default="")


def _word_at(text: str, at: int) -> str:
    return next((m.group() for m in re.finditer(r"\w+", text) if m.start() <= at < m.end()), "")


def _plain(text: str) -> str:
    """By how people would say that two names are the same: letters and digits, without case and accents."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("&", " and "))
    unmarked = unicodedata.normalize("NFC", "".join(char for char in bare if not unicodedata.combining(char)))
    return " ".join("".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in unmarked).split())
