"""Bytes to words: Unicode by its marks or by being valid, and else what was usual for the language before Unicode.

No guessing by statistics: a wrong guess is a film full of nonsense, and a refusal says what to do.
"""

import codecs
import re
import unicodedata

from matinee.studio.encoding.model.text.cue import TextRefused

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LEGACY = {
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
    "zh": ("gb18030", "big5hkscs"),
    "ko": ("cp949",),
    "th": ("cp874",),
    "el": ("cp1253",),
    "he": ("cp1255",),
    "tr": ("cp1254",),
    "vi": ("cp1258",),
    **dict.fromkeys(("ar", "fa", "ur"), ("cp1256",)),
    **dict.fromkeys(("ru", "uk", "bg", "sr", "mk", "be"), ("cp1251", "koi8_u")),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "sl", "hr", "bs", "ro", "sq"), ("cp1250",)),
    **dict.fromkeys(("et", "lv", "lt"), ("cp1257",)),
}
_WESTERN = ("cp1252",)
_SCRIPTS = {
    "ja": ("HIRAGANA", "KATAKANA", "CJK"),
    "zh": ("CJK",),
    "ko": ("HANGUL",),
    "th": ("THAI",),
    "el": ("GREEK",),
    "he": ("HEBREW",),
    **dict.fromkeys(("ar", "fa", "ur"), ("ARABIC",)),
    **dict.fromkeys(("ru", "uk", "bg", "sr", "mk", "be"), ("CYRILLIC",)),
}
_ACCENTED_SHARE_MAX = 0.5
"""Of all letters, where the alphabet is Latin: another one read as if it were Latin is nothing but accents."""
_OWN_SHARE_MIN = 0.5
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_-]+)[\"']")
_HEAD = 1024
_DECLARABLE = frozenset(
    (
        *("ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
        *("shift_jis", "cp932", "euc_jp", "iso2022_jp"),
        *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "euc_kr", "cp949"),
        *("tis-620", "cp874", "koi8-r", "koi8-u"),
        *(f"cp{page}" for page in range(1250, 1259)),
        *(f"iso8859-{part}" for part in range(1, 17) if part != 12),
    )
)
"""By Python's own names. It knows others, which are for addresses and programs."""
_CAPITALS_SHARE_MAX = 0.5
"""KOI8 read as Windows' Cyrillic, and the other way round, turns small letters into capitals."""


def decoded(data: bytes, language: str | None = None) -> str:
    """With one kind of line end. Raises `TextRefused` where the bytes are no text that we know."""
    text = _unicode(data) or _declared(data) or _legacy(data, (language or "").split("-")[0].lower())
    if text is None:
        raise TextRefused(
            "The subtitles are neither in Unicode nor in an encoding that is usual for their language"
            f" ({language or 'which nobody named'}). Save them as UTF-8."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def _unicode(data: bytes) -> str | None:
    codec = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    zeros = data[:4096].count(0)
    if codec is None and zeros * 4 > len(data[:4096]):  # UTF-16 of Western words, without its mark
        codec = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    return _strictly(data, codec or "utf-8")


def _declared(data: bytes) -> str | None:
    found = _DECLARED.match(data.lstrip()[:_HEAD])
    if found is None:
        return None
    try:
        codec = codecs.lookup(found[1].decode()).name
    except LookupError:
        return None
    return _strictly(data, codec) if codec in _DECLARABLE else None


def _legacy(data: bytes, language: str) -> str | None:
    for codec in _LEGACY.get(language, _WESTERN):
        text = _strictly(data, codec)
        if text is not None and _looks_right(text, language):
            return text
    return None


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
    except UnicodeError:
        return None
    return None if "\0" in text else text


def _looks_right(text: str, language: str) -> bool:
    """Nearly every byte is a letter in some encoding; what is no language's spelling was read with the wrong one."""
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r" for c in text):
        return False
    letters = [c for c in text if unicodedata.category(c)[0] in "LM"]
    foreign = [c for c in letters if not c.isascii()]
    scripts = _SCRIPTS.get(language)
    if scripts is None:
        return len(foreign) <= len(letters) * _ACCENTED_SHARE_MAX
    own = [c for c in foreign if unicodedata.name(c, "").startswith(scripts)]
    capitals = sum(c.isupper() for c in own)
    return len(own) >= len(foreign) * _OWN_SHARE_MIN and capitals <= len(own) * _CAPITALS_SHARE_MAX
