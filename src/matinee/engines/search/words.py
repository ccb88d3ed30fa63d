"""What a text is found by: its words without case and accents; where a script writes no spaces, its characters and pairs.

Used for documents and queries alike: a query analyzed differently from the index finds nothing with an accent in it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Letters that Unicode does not decompose, as people without them on the keyboard type them.
_FOLDED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d", "ħ": "h"})
# Han, kana, Thai, Lao, Khmer, Burmese: scripts without spaces between words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+"
)
_JOINING = str.maketrans({"'": None, "’": None, "ـ": None, "\u200c": None, "\u200d": None})
_WORD_LENGTH_MAX = 60
_ASCII_WORD = re.compile("[a-z0-9]+")


def index_terms(text: str) -> list[str]:
    """Every term a document is found by: single characters too, for a query of one character."""
    terms = []
    for word, unspaced in words(text):
        if unspaced:
            terms += list(word)
            terms += _pairs(word)
        else:
            terms.append(word)
    return terms


def query_terms(text: str) -> list[tuple[str, bool]]:
    """The terms a query asks for, and whether each is a word: only words are completed and forgiven mistakes."""
    terms: list[tuple[str, bool]] = []
    for word, unspaced in words(text):
        if unspaced:
            terms += [(pair, False) for pair in _pairs(word) or [word]]
        else:
            terms.append((word, True))
    return list(dict.fromkeys(terms))


@lru_cache(32_768)
def words(text: str) -> tuple[tuple[str, bool], ...]:
    """Folded words in order, each with whether its script writes without spaces. Names of people and genres come again."""
    if text.isascii():
        return tuple((word[:_WORD_LENGTH_MAX], False) for word in _ASCII_WORD.findall(text.replace("'", "").lower()))
    return tuple(_words(text))


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Folded words in order, each with whether its script writes without spaces."""
    for chunk in "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in fold(text)).split():
        at = 0
        for run in _UNSPACED.finditer(chunk):
            if run.start() > at:
                yield chunk[at : run.start()][:_WORD_LENGTH_MAX], False
            yield run.group(), True
            at = run.end()
        if at < len(chunk):
            yield chunk[at:][:_WORD_LENGTH_MAX], False


def fold(text: str) -> str:
    """Without case, accents, vowel points and compatibility forms. Apostrophes join: `don't` is `dont`."""
    # NFKD takes marks off their letters; those with a combining class are accents and points, while Indic vowel
    # signs (class 0) carry the word and stay. NFC puts Hangul back together.
    decomposed = unicodedata.normalize("NFKD", text.translate(_JOINING)).casefold().translate(_FOLDED)
    return unicodedata.normalize(
        "NFC", "".join([_digit(char) for char in decomposed if not unicodedata.combining(char)])
    )


def _digit(char: str) -> str:
    """Digits are the same in every script."""
    return char if char.isascii() or not char.isdecimal() else str(unicodedata.decimal(char))


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(len(word) - 1)]
