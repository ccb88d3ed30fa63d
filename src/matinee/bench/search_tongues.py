"""Invented words in scripts of the world, each with how people type it in Latin letters.

Made from the sounds of a language and written twice, so that the Latin spelling is not derived from the script by any rule
that a search engine could share: of Arabic it has the vowels that the script leaves out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matinee.bench.search_draws import Draws


@dataclass(frozen=True, slots=True)
class Spelled:
    written: str
    latin: str
    """Empty where nobody would type it so."""
    other_latin: str = ""
    """By another custom: Kunrei beside Hepburn."""


_KANA = {
    "": "アa イi ウu エe オo",
    "k": "カa キi クu ケe コo",
    "s": "サa スu セe ソo",
    "t": "タa テe トo",
    "n": "ナa ニi ヌu ネe ノo",
    "h": "ハa ヒi ヘe ホo",
    "m": "マa ミi ムu メe モo",
    "y": "ヤa ユu ヨo",
    "r": "ラa リi ルu レe ロo",
    "g": "ガa ギi グu ゲe ゴo",
    "z": "ザa ズu ゼe ゾo",
    "d": "ダa デe ドo",
    "b": "バa ビi ブu ベe ボo",
}
_MORAE = [(pair[0], initial + pair[1], initial + pair[1]) for initial, row in _KANA.items() for pair in row.split()] + [
    ("シ", "shi", "si"),
    ("チ", "chi", "ti"),
    ("ツ", "tsu", "tu"),
    ("フ", "fu", "hu"),
    ("ジ", "ji", "zi"),
    ("キョ", "kyo", "kyo"),
    ("シュ", "shu", "syu"),
    ("チャ", "cha", "tya"),
    ("ジョ", "jo", "zyo"),
    ("リュ", "ryu", "ryu"),
]
_HIRAGANA = {chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)}


def japanese(chance: Draws) -> Spelled:
    written = latin = other = ""
    count = chance.choice((2, 3, 3, 4))
    for at in range(count):
        kana, hepburn, kunrei = chance.choice(_MORAE)
        if at and chance.random() < 0.08 and hepburn[0] in "kstp":
            written, latin, other = (
                written + "ッ",
                latin + ("t" if hepburn[0] == "c" else hepburn[0]),
                other + kunrei[0],
            )
        written, latin, other = written + kana, latin + hepburn, other + kunrei
        if hepburn[-1] in "ou" and chance.random() < 0.2:
            written += "ウ"  # a long vowel, which most people do not type
        elif chance.random() < 0.1 and at < count - 1:
            written, latin, other = written + "ン", latin + "n", other + "n"
    if chance.random() < 0.6:
        written = "".join(_HIRAGANA.get(char, char) for char in written)
    return Spelled(written, latin, other)


_KO_FIRST = ["g", "n", "d", "r", "m", "b", "s", "_", "j", "ch", "k", "t", "p", "h"]
_KO_FIRST_AT = (0, 2, 3, 5, 6, 7, 9, 11, 12, 14, 15, 16, 17, 18)
_KO_VOWELS = {0: "a", 1: "ae", 4: "eo", 5: "e", 6: "yeo", 8: "o", 9: "wa", 12: "yo", 13: "u", 18: "eu", 20: "i"}
_KO_LAST = {0: "", 1: "k", 4: "n", 8: "l", 16: "m", 17: "p", 21: "ng"}


def korean(chance: Draws) -> Spelled:
    written = latin = ""
    for _ in range(chance.choice((1, 2, 2, 3))):
        first = chance.randrange(len(_KO_FIRST))
        vowel, last = chance.choice(list(_KO_VOWELS)), chance.choice((0, 0, 0, *_KO_LAST))
        if latin and latin[-1] in "kp" and _KO_FIRST[first] == "_":
            first = 2  # a final that would sound on: another syllable follows instead
        written += chr(0xAC00 + (_KO_FIRST_AT[first] * 21 + vowel) * 28 + last)
        latin += _KO_FIRST[first].strip("_") + _KO_VOWELS[vowel] + _KO_LAST[last]
    return Spelled(written, latin)


_AR = dict(
    zip(
        ["b", "t", "th", "j", "h", "kh", "d", "r", "z", "s", "sh", "f", "q", "k", "l", "m", "n", "w", "y"],
        ["ب", "ت", "ث", "ج", "ح", "خ", "د", "ر", "ز", "س", "ش", "ف", "ق", "ك", "ل", "م", "ن", "و", "ي"],
        strict=True,
    )
)


def arabic(chance: Draws) -> Spelled:
    """Short vowels are heard and typed, not written."""
    written, latin = "", ""
    roots = chance.sample(list(_AR), 3)
    for at, root in enumerate(roots):
        written, latin = written + _AR[root], latin + root
        if at < 2 or chance.random() < 0.25:
            vowel = chance.choice("aiu")
            is_long = chance.random() < 0.35
            written += {"a": "ا", "i": "ي", "u": "و"}[vowel] if is_long else ""
            latin += {"i": "ee", "u": "oo"}.get(vowel, "a") if is_long and chance.random() < 0.3 else vowel
    if chance.random() < 0.3:
        written, latin = written + "ة", latin + ("a" if latin[-1] not in "aiuoe" else "")
    if chance.random() < 0.3:
        written, latin = "ال" + written, "al " + latin
    return Spelled(written, latin)


_HI = dict(
    zip(
        ["k", "kh", "g", "ch", "j", "t", "d", "n", "p", "b", "bh", "m", "y", "r", "l", "v", "sh", "s", "h"],
        ["क", "ख", "ग", "च", "ज", "त", "द", "न", "प", "ब", "भ", "म", "य", "र", "ल", "व", "श", "स", "ह"],
        strict=True,
    )
)
_MATRA = {"a": "", "aa": "ा", "i": "ि", "ee": "ी", "u": "ु", "oo": "ू", "e": "े", "o": "ो", "ai": "ै"}


def hindi(chance: Draws) -> Spelled:
    """A consonant sounds with an a unless a sign says otherwise; the last one does not."""
    written = latin = ""
    count = chance.choice((2, 3, 3))
    for at in range(count):
        consonant, vowel = chance.choice(list(_HI)), chance.choice(("a", "a", *_MATRA))
        written += _HI[consonant] + _MATRA[vowel]
        if vowel == "a" and at == count - 1:
            latin += consonant
        else:
            latin += consonant + ("a" if vowel == "aa" and chance.random() < 0.6 else vowel)
        if at < count - 1 and chance.random() < 0.12:
            written, latin = written + "ं", latin + "n"
    return Spelled(written, latin)


_RU = dict(
    zip(
        ["b", "v", "g", "d", "zh", "z", "k", "l", "m", "n", "p", "r", "s", "t", "f", "kh", "ts", "ch", "sh"],
        ["б", "в", "г", "д", "ж", "з", "к", "л", "м", "н", "п", "р", "с", "т", "ф", "х", "ц", "ч", "ш"],
        strict=True,
    )
)
_RU_VOWELS = {"a": "а", "e": "е", "i": "и", "o": "о", "u": "у", "y": "ы", "ya": "я", "yu": "ю"}
_EL = dict(
    zip(
        ["v", "g", "d", "z", "th", "k", "l", "m", "n", "x", "p", "r", "s", "t", "f", "ch", "ps"],
        ["β", "γ", "δ", "ζ", "θ", "κ", "λ", "μ", "ν", "ξ", "π", "ρ", "σ", "τ", "φ", "χ", "ψ"],
        strict=True,
    )
)
_EL_VOWELS = {"a": "α", "e": "ε", "i": "η", "o": "ο", "ou": "ου", "y": "υ"}


def russian(chance: Draws) -> Spelled:
    return _alphabetic(chance, _RU, _RU_VOWELS)


def greek(chance: Draws) -> Spelled:
    made = _alphabetic(chance, _EL, _EL_VOWELS)
    return Spelled(made.written[:-1] + "ς", made.latin) if made.written.endswith("σ") else made


def _alphabetic(chance: Draws, consonants: Mapping[str, str], vowels: Mapping[str, str]) -> Spelled:
    written = latin = ""
    for _ in range(chance.choice((2, 2, 3))):
        for letters in (consonants, vowels):
            sound = chance.choice(list(letters))
            written, latin = written + letters[sound], latin + sound
    if chance.random() < 0.5:
        sound = chance.choice(("n", "r", "s", "k", "t"))
        written, latin = written + consonants[sound], latin + sound
    return Spelled(written, latin)


TONGUES: dict[str, Callable[[Draws], Spelled]] = {
    "ja": japanese,
    "ko": korean,
    "ar": arabic,
    "hi": hindi,
    "ru": russian,
    "el": greek,
}
