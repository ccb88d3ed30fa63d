"""How a name in another script is typed in Latin letters, and what two spellings of one sound have in common.

`anyascii` gives every letter of every script some Latin one. Where that is not how people type, the rules are here: kana with
its small and long sounds, Korean by its revised romanization, Arabic by its consonants, Devanagari with the vowel that is not
written. Readings of Han characters need a dictionary; an operator gives such names as further names.
"""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_ROWS = {
    "アイウエオ": ("a", "i", "u", "e", "o"), "カキクケコ": ("ka", "ki", "ku", "ke", "ko"), "サシスセソ": ("sa", "shi", "su", "se", "so"),
    "タチツテト": ("ta", "chi", "tsu", "te", "to"), "ナニヌネノ": ("na", "ni", "nu", "ne", "no"),
    "ハヒフヘホ": ("ha", "hi", "fu", "he", "ho"), "マミムメモ": ("ma", "mi", "mu", "me", "mo"), "ヤユヨ": ("ya", "yu", "yo"),
    "ラリルレロ": ("ra", "ri", "ru", "re", "ro"), "ワヲン": ("wa", "o", "n"), "ガギグゲゴ": ("ga", "gi", "gu", "ge", "go"),
    "ザジズゼゾ": ("za", "ji", "zu", "ze", "zo"), "ダヂヅデド": ("da", "ji", "zu", "de", "do"), "バビブベボ": ("ba", "bi", "bu", "be", "bo"),
    "パピプペポ": ("pa", "pi", "pu", "pe", "po"), "ヴ": ("vu",), "ァィゥェォ": ("a", "i", "u", "e", "o"), "ャュョ": ("ya", "yu", "yo"),
}  # fmt: skip
_KANA = {kana: sound for row, sounds in _ROWS.items() for kana, sound in zip(row, sounds, strict=True)}
_LONG = re.compile("ou|oo|uu|aa|ee|ii")
_KUNREI = (("sh", "sy"), ("ch", "ty"), ("j", "zy"), ("tsu", "tu"), ("fu", "hu"))
_KO_FIRST = ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "_", "j", "jj", "ch", "k", "t", "p", "h"]
_KO_VOWEL = [
    "a",
    "ae",
    "ya",
    "yae",
    "eo",
    "e",
    "yeo",
    "ye",
    "o",
    "wa",
    "wae",
    "oe",
    "yo",
    "u",
    "wo",
    "we",
    "wi",
    "yu",
    "eu",
    "ui",
    "i",
]
_KO_LAST = [
    "_",
    "k",
    "k",
    "k",
    "n",
    "n",
    "n",
    "t",
    "l",
    "k",
    "m",
    "l",
    "l",
    "l",
    "p",
    "l",
    "m",
    "p",
    "p",
    "t",
    "t",
    "ng",
    "t",
    "t",
    "k",
    "t",
    "p",
    "t",
]
_ARABIC = dict(
    zip(
        "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآؤئپچژگک",
        [
            "a",
            "b",
            "t",
            "th",
            "j",
            "h",
            "kh",
            "d",
            "dh",
            "r",
            "z",
            "s",
            "sh",
            "s",
            "d",
            "t",
            "z",
            "a",
            "gh",
            "f",
            "q",
            "k",
            "l",
            "m",
            "n",
            "h",
            "w",
            "y",
            "a",
            "a",
            "_",
            "a",
            "i",
            "a",
            "w",
            "y",
            "p",
            "ch",
            "zh",
            "g",
            "k",
        ],
        strict=True,
    )
)
_DEVANAGARI = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह",
        [
            "k",
            "kh",
            "g",
            "gh",
            "n",
            "ch",
            "chh",
            "j",
            "jh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "p",
            "ph",
            "b",
            "bh",
            "m",
            "y",
            "r",
            "l",
            "v",
            "sh",
            "sh",
            "s",
            "h",
        ],
        strict=True,
    )
)
_MATRAS = dict(zip("ािीुूृेैोौॉॅ", ["a", "i", "i", "u", "u", "ri", "e", "ai", "o", "au", "o", "e"], strict=True))
_VOWELS = dict(zip("अआइईउऊऋएऐओऔऑ", ["a", "a", "i", "i", "u", "u", "ri", "e", "ai", "o", "au", "o"], strict=True))
_NASAL, _VIRAMA, _NUKTA = "ंँ", "्", "़"
_SOUNDS = (
    ("sch", "S"), ("sh", "S"), ("tch", "C"), ("ch", "C"), ("ph", "f"), ("kh", "k"), ("gh", "g"), ("th", "t"), ("dh", "d"),
    ("bh", "b"), ("jh", "j"), ("zh", "j"), ("ck", "k"), ("ts", "C"), ("x", "ks"), ("q", "k"), ("c", "k"),
)  # fmt: skip
_UNHEARD = re.compile("[aeiouwyAEIOU0-9]")
_DOUBLED = re.compile(r"(.)\1+")


@lru_cache(16_384)
def latin_forms(word: str) -> tuple[str, ...]:
    """How a folded word of another script is typed in Latin letters, the most usual first; nothing for a Latin word."""
    if word.isascii():
        return ()
    forms = [_plain(form) for form in _forms(word)]
    return tuple(dict.fromkeys(form for form in forms if form and form != word))


@lru_cache(16_384)
def plain_latin(word: str) -> str:
    """A word typed in Latin letters, without what differs between the ways to write down one sound."""
    return _plain(word)


@lru_cache(16_384)
def sound(word: str) -> str:
    """The consonants that are heard: `Muhammad`, `Mohamed` and the Arabic of it are one. Too short ones say nothing: empty."""
    heard = "".join(_consonants(char) for char in word) if _is_arabic(word) else (_plain_or_first(word))
    for written, said in _SOUNDS:
        heard = heard.replace(written, said)
    found = _DOUBLED.sub(r"\1", _UNHEARD.sub("", heard)).rstrip("h")
    return found if len(found) >= 2 else ""


def _plain_or_first(word: str) -> str:
    return word if word.isascii() else next(iter(latin_forms(word)), "")


def _forms(word: str) -> list[str]:
    name = unicodedata.name(word[0], "")
    if any("\u3041" <= char <= "\u30ff" for char in word):
        typed = _from_kana(word)
        other = typed
        for hepburn, kunrei in _KUNREI:
            other = other.replace(hepburn, kunrei)
        return [typed, re.sub("([sztd])yi", r"\1i", other)]
    if name.startswith("HANGUL SYLLABLE"):
        return [_from_hangul(word)]
    if _is_arabic(word):
        whole = "".join(_ARABIC.get(char, char).strip("_") for char in word)
        return [whole]
    if name.startswith("DEVANAGARI"):
        return [_from_devanagari(word)]
    return [anyascii(word).lower()]


def _plain(text: str) -> str:
    text = re.sub(r"[^a-z0-9]", "", text.lower())
    text = text.replace("aa", "a").replace("ee", "i").replace("oo", "u").replace("ou", "o")
    return _DOUBLED.sub(r"\1", text) if not text.isdigit() else text


def _is_arabic(word: str) -> bool:
    return any("\u0600" <= char <= "\u06ff" for char in word)


def _consonants(char: str) -> str:
    """Without the letters that may as well be long vowels."""
    return "" if char in "اويىةءأإآؤئع" else _ARABIC.get(char, char if char.isascii() else "")


def _from_kana(word: str) -> str:
    found = ""
    katakana = "".join(chr(ord(c) + 0x60) if "\u3041" <= c <= "\u3096" else c for c in word)
    doubled = False
    for char in katakana:
        if char == "ッ":
            doubled = True
            continue
        typed = _KANA.get(char, "" if char == "ー" else anyascii(char).lower())
        if char in "ャュョ" and found.endswith("i"):
            found = found[:-1]
            typed = typed[1:] if found.endswith(("sh", "ch", "j")) else typed
        elif char in "ァィゥェォ" and found and found[-1] in "aiueo":
            found = found[:-1]
        if doubled and typed:
            typed, doubled = typed[0] + typed, False
        found += typed
    return _LONG.sub(lambda long: long.group()[0], found)


def _from_hangul(word: str) -> str:
    found = ""
    for char in word:
        at = ord(char) - 0xAC00
        if not 0 <= at < 11172:
            found += anyascii(char).lower()
            continue
        found += _KO_FIRST[at // 588].strip("_") + _KO_VOWEL[at % 588 // 28] + _KO_LAST[at % 28].strip("_")
    return found


def _from_devanagari(word: str) -> str:
    found, open_at = "", False
    for char in word:
        if char in _DEVANAGARI:
            found += ("a" if open_at else "") + _DEVANAGARI[char]
            open_at = True
            continue
        if char in _MATRAS:
            found += _MATRAS[char]
        elif char in _VOWELS:
            found += ("a" if open_at else "") + _VOWELS[char]
        elif char in _NASAL:
            found += ("a" if open_at else "") + "n"
        elif char not in _VIRAMA + _NUKTA:
            found += anyascii(char).lower()
        open_at = open_at and char in _NUKTA
    return found
