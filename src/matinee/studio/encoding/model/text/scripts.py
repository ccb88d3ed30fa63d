"""Whether words are written as their language is: subtitles that say Hebrew and stand there in Cyrillic were mixed up.

Only where the script is certain. Serbian has two; and a line of Latin in a Russian film is a name, or a song.
"""

import unicodedata
from collections import Counter

_LETTERS_MIN = 20
"""Fewer may be a name, or a laugh."""
_OWN_MAX = 0.1
"""Of the letters, as the language is written: a quotation, or a list of names."""

_NAMES = {
    "ar": "Arabic", "fa": "Persian", "ur": "Urdu", "ps": "Pashto", "he": "Hebrew", "yi": "Yiddish",
    "ru": "Russian", "uk": "Ukrainian", "bg": "Bulgarian", "be": "Belarusian", "mk": "Macedonian", "el": "Greek",
    "ja": "Japanese", "ko": "Korean", "zh": "Chinese", "th": "Thai", "lo": "Lao", "km": "Khmer", "my": "Burmese",
    "hi": "Hindi", "mr": "Marathi", "ne": "Nepali", "ta": "Tamil", "te": "Telugu", "kn": "Kannada", "ml": "Malayalam",
    "bn": "Bengali", "gu": "Gujarati", "si": "Sinhala", "ka": "Georgian", "hy": "Armenian", "am": "Amharic",
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "sv": "Swedish", "da": "Danish", "nb": "Norwegian", "nn": "Norwegian", "no": "Norwegian",
    "fi": "Finnish", "is": "Icelandic", "pl": "Polish", "cs": "Czech", "sk": "Slovak", "sl": "Slovenian",
    "hr": "Croatian", "hu": "Hungarian", "et": "Estonian", "lv": "Latvian", "lt": "Lithuanian", "tr": "Turkish",
    "vi": "Vietnamese", "id": "Indonesian",
}  # fmt: skip
_CHINESE = "Chinese characters"
_WRITTEN = {
    "Arabic": "ar fa ur ps", "Hebrew": "he yi", "Cyrillic": "ru uk bg be mk", "Greek": "el", "Thai": "th", "Lao": "lo",
    "Khmer": "km", "Burmese": "my", "Devanagari": "hi mr ne", "Tamil": "ta", "Telugu": "te", "Kannada": "kn",
    "Malayalam": "ml", "Bengali": "bn", "Gujarati": "gu", "Sinhala": "si", "Georgian": "ka", "Armenian": "hy",
    "Ethiopic": "am", "Japanese kana": "ja", "Korean letters": "ko", _CHINESE: "zh ja",
    "Latin letters": "en de fr es it pt nl sv da nb nn no fi is pl cs sk sl hr hu et lv lt tr vi id",
}  # fmt: skip
_SCRIPTS = {language: {s for s, of in _WRITTEN.items() if language in of.split()} for language in _NAMES}
_LATIN = "Latin letters"
_FIRST_WORDS = {
    "LATIN": _LATIN, "CJK": _CHINESE, "HIRAGANA": "Japanese kana", "KATAKANA": "Japanese kana",
    "HANGUL": "Korean letters", "MYANMAR": "Burmese",
}  # fmt: skip
"""How Unicode begins the names of a script's letters, where it is not by our name for it."""
_WIDTHS = ("FULLWIDTH ", "HALFWIDTH ")


def contradiction(language: str | None, text: str) -> str | None:
    """In words, such as `it says Hebrew (he), and is written in Cyrillic`; None where nothing contradicts."""
    primary, *rest = (language or "").lower().replace("_", "-").split("-")
    expected = _SCRIPTS.get(primary)
    if expected is None or any(len(subtag) == 4 for subtag in rest):  # `ru-Latn` says itself how it is written
        return None
    found = _letters(text)
    total = found.total()
    if total < _LETTERS_MIN:
        return None
    own = sum(found[script] for script in expected)
    # Everybody writes some Latin, and who writes nothing else is doubted only where not one letter of it is there.
    if own > (0 if _LATIN in expected else _OWN_MAX * total):
        return None
    script = max(found, key=lambda script: (found[script], script))
    return f"it says {_NAMES[primary]} ({language}), and is written in {script}"


def _letters(text: str) -> Counter[str]:
    """How many there are of each script."""
    found: Counter[str] = Counter()
    for letter, count in Counter(text).items():
        if letter.isalpha() and (script := _script(letter)) is not None:
            found[script] += count
    return found


def _script(letter: str) -> str | None:
    """Its name begins with it."""
    name = unicodedata.name(letter, "")
    for width in _WIDTHS:
        name = name.removeprefix(width)
    first = name.split(" ")[0].split("-")[0]
    script = _FIRST_WORDS.get(first, first.capitalize())
    return script if script in _WRITTEN else None
