"""Languages as containers write them, ISO 639-2 with three letters, to the tags players and people know (BCP 47).

BCP 47 takes the shortest code a language has. Where ISO 639-2 has two codes for one language, both are here.
"""

_SHORT = {
    "af": "afr", "am": "amh", "ar": "ara", "az": "aze", "be": "bel", "bg": "bul", "bn": "ben", "bo": "bod tib",
    "bs": "bos", "ca": "cat", "cs": "ces cze", "cy": "cym wel", "da": "dan", "de": "deu ger", "el": "ell gre",
    "en": "eng", "eo": "epo", "es": "spa", "et": "est", "eu": "eus baq", "fa": "fas per", "fi": "fin", "fo": "fao",
    "fr": "fra fre", "ga": "gle", "gd": "gla", "gl": "glg", "gu": "guj", "ha": "hau", "he": "heb", "hi": "hin",
    "hr": "hrv", "ht": "hat", "hu": "hun", "hy": "hye arm", "id": "ind", "ig": "ibo", "is": "isl ice", "it": "ita",
    "ja": "jpn", "jv": "jav", "ka": "kat geo", "kk": "kaz", "km": "khm", "kn": "kan", "ko": "kor", "ku": "kur",
    "ky": "kir", "la": "lat", "lb": "ltz", "lo": "lao", "lt": "lit", "lv": "lav", "mg": "mlg", "mi": "mri mao",
    "mk": "mkd mac", "ml": "mal", "mn": "mon", "mr": "mar", "ms": "msa may", "mt": "mlt", "my": "mya bur",
    "nb": "nob", "ne": "nep", "nl": "nld dut", "nn": "nno", "no": "nor", "pa": "pan", "pl": "pol", "ps": "pus",
    "pt": "por", "ro": "ron rum", "ru": "rus", "sd": "snd", "se": "sme", "si": "sin", "sk": "slk slo", "sl": "slv",
    "sm": "smo", "so": "som", "sq": "sqi alb", "sr": "srp", "su": "sun", "sv": "swe", "sw": "swa", "ta": "tam",
    "te": "tel", "tg": "tgk", "th": "tha", "ti": "tir", "tk": "tuk", "tr": "tur", "tt": "tat", "ug": "uig",
    "uk": "ukr", "ur": "urd", "uz": "uzb", "vi": "vie", "wo": "wol", "xh": "xho", "yi": "yid", "yo": "yor",
    "zh": "zho chi", "zu": "zul",
}  # fmt: skip
_TAGS = {long: short for short, longs in _SHORT.items() for long in longs.split()}


def tag_of(language: str) -> str:
    """What has no shorter code stays as it is."""
    return _TAGS.get(language.lower(), language)
