"""What genres are called, in the languages of the pages and by other names that people search for."""

from collections.abc import Sequence

from matinee.control.catalog.api.genres import GENRES

_NAMES: dict[str, str] = {
    "action": "Action|Acción|حركة|أكشن|アクション|액션|एक्शन|боевик",
    "adventure": "Adventure|Aventura|مغامرة|アドベンチャー|冒険|모험|रोमांच|приключения|Abenteuer|Aventure",
    "animation": "Animation|animated|cartoon|Animación|dibujos animados|رسوم متحركة|كرتون|アニメーション|アニメ|anime|애니메이션|мультфильм|Zeichentrick",
    "comedy": "Comedy|funny|humor|sitcom|Comedia|كوميديا|コメディー|コメディ|코미디|कॉमेडी|комедия|Komödie|Comédie",
    "crime": "Crime|gangster|heist|police|Crimen|policíaca|جريمة|クライム|犯罪|범죄|अपराध|криминал|Krimi|policier",
    "documentary": "Documentary|docu|doc|nonfiction|Documental|وثائقي|ドキュメンタリー|다큐멘터리|वृत्तचित्र|документальный|Dokumentarfilm|Documentaire",
    "drama": "Drama|Drame|دراما|ドラマ|드라마|नाटक|драма",
    "family": "Family|kids|children|Familiar|niños|عائلي|أطفال|ファミリー|家族|가족|परिवार|семейный|Familie|enfants",
    "fantasy": "Fantasy|magic|Fantasía|خيال|فانتازيا|ファンタジー|판타지|фэнтези|Fantastique",
    "history": "History|historical|period drama|Historia|histórica|تاريخ|歴史|역사|इतिहास|история|Geschichte|Histoire",
    "horror": "Horror|scary|Terror|miedo|رعب|ホラー|공포|डरावनी|ужасы|Horreur|épouvante",
    "kids": "Kids|children|family|Infantil|niños|أطفال|キッズ|子供|어린이|बच्चे|детский|Kinder|enfants",
    "music": "Music|musical|concert|Música|موسيقى|音楽|음악|संगीत|музыка|Musik|Musique",
    "mystery": "Mystery|whodunit|detective|Misterio|غموض|ミステリー|推理|미스터리|रहस्य|детектив|Rätsel|Mystère",
    "romance": "Romance|romantic|love story|romcom|Amor|رومانسي|حب|ロマンス|恋愛|로맨스|प्रेम|мелодрама|Liebe|Amour",
    "science-fiction": "Science fiction|sci-fi|sci fi|scifi|SF|Ciencia ficción|خيال علمي|エスエフ|공상 과학|विज्ञान कथा|фантастика|Science-Fiction",
    "short": "Shorts|short film|Cortometrajes|أفلام قصيرة|短編|단편|короткометражный|Kurzfilm|court métrage",
    "slow": "Slow films|Cine pausado|سينما هادئة|スローシネマ",
    "sport": "Sport|sports|Deporte|رياضة|スポーツ|스포츠|खेल|спорт",
    "thriller": "Thriller|suspense|إثارة|تشويق|サスペンス|スリラー|스릴러|триллер",
    "war": "War|military|Bélico|guerra|حرب|戦争|전쟁|युद्ध|война|Krieg|Guerre",
    "western": "Western|cowboy|Wéstern|vaqueros|غرب أمريكي|西部劇|서부극|вестерн",
}  # fmt: skip


def genre_names(genre: str) -> Sequence[str]:
    """Each way to ask for it; a genre of the operator's own is called as it is."""
    key = genre.strip().lower().replace(" ", "-")
    listed = (genre.replace("-", " "), *GENRES.get(key, {}).values(), *filter(None, _NAMES.get(key, "").split("|")))
    return tuple(dict.fromkeys(listed))
