"""What a document is found by and what a query asks for: the same words, and the ways in which they may meet."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from matinee.engines.search.distance import letters
from matinee.engines.search.latin import latin_forms, plain_latin, sound
from matinee.engines.search.words import words

SHORT_VALUE_WORDS = 12
"""Longer values are prose: found by their words, not by names with mistakes."""
BEGINNING_MAX = 8
"""Letters of a beginning that is looked up; what is longer is looked at."""
_WORDS_MAX = 12
"""A longer query is a pasted paragraph; its first words decide."""
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "de",
        "del",
        "der",
        "des",
        "di",
        "die",
        "das",
        "du",
        "e",
        "el",
        "en",
        "et",
        "for",
        "from",
        "i",
        "il",
        "im",
        "in",
        "la",
        "le",
        "les",
        "lo",
        "los",
        "mit",
        "of",
        "on",
        "part",
        "the",
        "to",
        "und",
        "von",
        "y",
        "al",
        "no",
        "wa",
        "ga",
        "wo",
        "ka",
        "ke",
        "ki",
        "के",
        "का",
        "की",
        "और",
        "في",
        "من",
        "و",
        "の",
    ]
)
_SMALL_WEIGHT = 0.2
_ROMAN = {
    "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10, "xi": 11, "xii": 12, "xiii": 13,
}  # fmt: skip
_COUNTED = {
    word: number
    for listed in (
        "one two three four five six seven eight nine ten eleven twelve",
        "uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "un deux trois quatre cinq six sept huit neuf dix onze douze",
        "eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf",
    )
    for number, word in enumerate(listed.split(), 1)
}


@dataclass(frozen=True, slots=True)
class Value:
    """One name, one person, one text."""

    field: int
    """Which, in the order of the weights' names."""
    words: tuple[str, ...]
    """Of a name or a person."""
    prose: str = ""
    """Of a longer text: its words, between spaces."""


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    forms: tuple[str, ...]
    """As it is, as it is typed in Latin letters, and as a number."""
    sound: str
    weight: float
    is_last: bool
    is_unspaced: bool


@dataclass(frozen=True, slots=True)
class Asked:
    tokens: tuple[Token, ...]
    joined: str
    latin: str
    """Joined, in Latin letters."""


def values(fields: Mapping[str, str], names: list[str]) -> tuple[Value, ...]:
    found = []
    for at, name in enumerate(names):
        for line in fields.get(name, "").splitlines():
            its = tuple(word for word, _ in words(line))
            if len(its) > SHORT_VALUE_WORDS:
                found.append(Value(at, (), f" {' '.join(dict.fromkeys(its))} "))
            elif its:
                found.append(Value(at, its))
    return tuple(found)


@lru_cache(65_536)
def letters_of(word: str) -> int:
    """Of all its forms: a word that lacks more than a slip of what is asked is not looked at."""
    found = 0
    for form in word_forms(word):
        found |= letters(form)
    return found


def packed(its: tuple[Value, ...]) -> str:
    """As an engine keeps it: a line a value."""
    return "\n".join(f"{value.field}{value.prose or ' '.join(value.words)}" for value in its)


def unpacked(text: str) -> tuple[Value, ...]:
    return tuple(
        Value(int(line[0]), (), line[1:]) if line[1] == " " else Value(int(line[0]), tuple(line[1:].split(" ")))
        for line in text.split("\n")
        if line
    )


@lru_cache(32_768)
def beginnings(its: tuple[str, ...]) -> tuple[str, ...]:
    """Of each word; and of the whole name, marked, where its words are written without spaces."""
    found = [form[:size] for word in its for form in word_forms(word)[:3] for size in range(1, BEGINNING_MAX + 1)]
    if any(latin_forms(word) for word in its):
        whole = {"".join(its), joined_latin(its), joined_latin(its, 1)}
        found += [f"^{form[:size]}" for form in whole for size in range(3, BEGINNING_MAX + 1)]
    return tuple(dict.fromkeys(found))


@lru_cache(32_768)
def slips(word: str) -> tuple[str, ...]:
    """The word with each of its letters left out: two words with one slip between them have one of these in common."""
    if len(word) < 3 or not word.isalpha():
        return ()
    return tuple(dict.fromkeys((word, *(word[:at] + word[at + 1 :] for at in range(len(word))))))


def asked(text: str) -> Asked:
    parts = list(dict.fromkeys(words(text)))[:_WORDS_MAX]
    last = len(parts) - 1
    is_open = not text.endswith((" ", ".", "!", "?"))
    tokens = tuple(_token(word, unspaced, is_open and at == last) for at, (word, unspaced) in enumerate(parts))
    return Asked(tokens, "".join(word for word, _ in parts), joined_latin(tuple(word for word, _ in parts)))


def _token(word: str, unspaced: bool, is_last: bool) -> Token:
    number = number_of(word)
    forms = dict.fromkeys((word, plain_latin(word) if word.isascii() else "", *latin_forms(word), number))
    weight = _SMALL_WEIGHT if word in _SMALL else min(1.0, 0.55 + 0.09 * len(word)) if not unspaced else 1.5
    return Token(word, tuple(form for form in forms if form), sound(word), weight, is_last, unspaced)


def number_of(word: str) -> str:
    """`II` and `two` are `2`. Empty: it is none."""
    found = _ROMAN.get(word) or _COUNTED.get(word)
    return str(found) if found else ""


def weight_of(word: str) -> float:
    """How much of a name this word is: articles and the like are little."""
    return _SMALL_WEIGHT if word in _SMALL else 1.0


@lru_cache(65_536)
def word_forms(word: str) -> tuple[str, ...]:
    """A document's word, in its own letters, in Latin ones, and as a number; in Arabic without its article too."""
    found = [word, plain_latin(word) if word.isascii() else "", *latin_forms(word), number_of(word)]
    if word.startswith("ال") and len(word) > 4:
        found += [word[2:], *latin_forms(word[2:])]
    return tuple(dict.fromkeys(form for form in found if form))


@lru_cache(65_536)
def word_sounds(word: str) -> tuple[str, ...]:
    bare = word[2:] if word.startswith("ال") and len(word) > 4 else ""
    return tuple(dict.fromkeys(s for s in (sound(word), sound(bare) if bare else "") if s))


@lru_cache(16_384)
def joined_latin(its: tuple[str, ...], way: int = 0) -> str:
    """A whole name in Latin letters, without spaces; `way`: by the usual custom, or by the other one."""
    typed = []
    for word in its:
        forms = latin_forms(word)
        typed.append(forms[min(way, len(forms) - 1)] if forms else word)
    return plain_latin("".join(typed))


@lru_cache(16_384)
def grams(joined: str) -> frozenset[str]:
    """Three letters each, two where a letter says more than one of ours."""
    size = 3 if joined.isascii() else 2
    padded = f"^{joined}" if joined.isascii() else joined
    return frozenset(padded[at : at + size] for at in range(max(1, len(padded) - size + 1)))
