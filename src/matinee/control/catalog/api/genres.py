"""The genres a title can have, and what each is called: a short list, so that rows and facets mean something."""

import unicodedata
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

GENRES: Mapping[str, Mapping[str, str]] = {
    "action": {"en": "Action", "es": "Acción", "ar": "حركة", "ja": "アクション"},
    "adventure": {"en": "Adventure", "es": "Aventura", "ar": "مغامرة", "ja": "アドベンチャー"},
    "animation": {"en": "Animation", "es": "Animación", "ar": "رسوم متحركة", "ja": "アニメーション"},
    "anime": {"en": "Anime", "es": "Anime", "ar": "أنمي", "ja": "アニメ"},
    "biography": {"en": "Biography", "es": "Biografía", "ar": "سيرة ذاتية", "ja": "伝記"},
    "comedy": {"en": "Comedy", "es": "Comedia", "ar": "كوميديا", "ja": "コメディ"},
    "crime": {"en": "Crime", "es": "Crimen", "ar": "جريمة", "ja": "犯罪"},
    "documentary": {"en": "Documentary", "es": "Documental", "ar": "وثائقي", "ja": "ドキュメンタリー"},
    "drama": {"en": "Drama", "es": "Drama", "ar": "دراما", "ja": "ドラマ"},
    "family": {"en": "Family", "es": "Familiar", "ar": "عائلي", "ja": "ファミリー"},
    "fantasy": {"en": "Fantasy", "es": "Fantasía", "ar": "فانتازيا", "ja": "ファンタジー"},
    "food": {"en": "Food", "es": "Cocina", "ar": "طعام", "ja": "料理"},
    "history": {"en": "History", "es": "Historia", "ar": "تاريخ", "ja": "歴史"},
    "horror": {"en": "Horror", "es": "Terror", "ar": "رعب", "ja": "ホラー"},
    "kids": {"en": "Kids", "es": "Infantil", "ar": "أطفال", "ja": "キッズ"},
    "music": {"en": "Music", "es": "Música", "ar": "موسيقى", "ja": "音楽"},
    "musical": {"en": "Musical", "es": "Musical", "ar": "غنائي", "ja": "ミュージカル"},
    "mystery": {"en": "Mystery", "es": "Misterio", "ar": "غموض", "ja": "ミステリー"},
    "nature": {"en": "Nature", "es": "Naturaleza", "ar": "طبيعة", "ja": "自然"},
    "news": {"en": "News", "es": "Noticias", "ar": "أخبار", "ja": "ニュース"},
    "noir": {"en": "Noir", "es": "Cine negro", "ar": "نوار", "ja": "ノワール"},
    "reality": {"en": "Reality", "es": "Telerrealidad", "ar": "تلفزيون الواقع", "ja": "リアリティ"},
    "romance": {"en": "Romance", "es": "Romance", "ar": "رومانسي", "ja": "ロマンス"},
    "science": {"en": "Science", "es": "Ciencia", "ar": "علوم", "ja": "科学"},
    "science-fiction": {"en": "Science fiction", "es": "Ciencia ficción", "ar": "خيال علمي", "ja": "SF"},
    "short": {"en": "Short", "es": "Cortometraje", "ar": "فيلم قصير", "ja": "短編"},
    "slow": {"en": "Slow films", "es": "Cine lento", "ar": "أفلام هادئة", "ja": "スローな映画"},
    "sport": {"en": "Sport", "es": "Deporte", "ar": "رياضة", "ja": "スポーツ"},
    "stand-up": {"en": "Stand-up", "es": "Monólogos", "ar": "ستاند أب", "ja": "スタンダップ"},
    "superhero": {"en": "Superhero", "es": "Superhéroes", "ar": "أبطال خارقون", "ja": "スーパーヒーロー"},
    "thriller": {"en": "Thriller", "es": "Suspenso", "ar": "إثارة", "ja": "スリラー"},
    "travel": {"en": "Travel", "es": "Viajes", "ar": "سفر", "ja": "旅"},
    "true-crime": {"en": "True crime", "es": "Crímenes reales", "ar": "جرائم حقيقية", "ja": "実録犯罪"},
    "war": {"en": "War", "es": "Bélico", "ar": "حرب", "ja": "戦争"},
    "western": {"en": "Western", "es": "Wéstern", "ar": "غرب أمريكي", "ja": "西部劇"},
}
_ALSO = {
    "sci fi": "science-fiction",
    "scifi": "science-fiction",
    "sf": "science-fiction",
    "sports": "sport",
    "children": "kids",
    "standup": "stand-up",
    "historical": "history",
    "biopic": "biography",
    "romantic": "romance",
    "suspense": "thriller",
    "film noir": "noir",
    "cookery": "food",
}


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(letters.replace("-", " ").split())


_KNOWN: Mapping[str, str] = {
    **_ALSO,
    **{_folded(name): genre for genre, names in GENRES.items() for name in names.values()},
    **{_folded(genre): genre for genre in GENRES},
}


def genre_of(text: str) -> str | None:
    """The genre that is called so, in any of our languages. None: there is none."""
    return _KNOWN.get(_folded(text))


def genres_like(text: str) -> Sequence[str]:
    """What somebody may have meant who wrote this."""
    close = get_close_matches(_folded(text), _KNOWN, n=5, cutoff=0.55)
    return list(dict.fromkeys(_KNOWN[name] for name in close))[:3]


def genre_name(genre: str, language: str) -> str:
    """What a genre is called in a language. One that came with a film and is not on the list is called what it is."""
    names = GENRES.get(genre)
    return genre if names is None else names.get(language.split("-")[0], genre)
