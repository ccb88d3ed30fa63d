"""The films a fresh Matinee can render for itself, and what the shelves say about them."""

from matinee.demo.films import confetti_express, lantern_lake, paper_boat, tunes
from matinee.demo.films.narration import CONFETTI_EXPRESS, LANTERN_LAKE, PAPER_BOAT
from matinee.demo.films.story import Film, Still, Voice

THE_PAPER_BOAT = Film(
    id="paper-boat",
    names={"en": "The Paper Boat", "ar": "قارب الورق", "ja": "紙の船"},
    synopsis={
        "en": "A folded boat goes looking for the sea and finds something very big. Something ticklish.",
        "ar": "قاربٌ من ورقٍ يخرج باحثًا عن البحر، فيجد تحته شيئًا ضخمًا جدًّا. شيئًا يضحك من الدغدغة.",
        "ja": "海をさがしに出かけた紙の船。その下には、とても大きくて、くすぐったがりの何かがいた。",
    },
    rating="G",
    genres=("animation", "family"),
    cast=("The Matinee Paper Players", "A Whale, courtesy of Matinee"),
    shots=paper_boat.SHOTS,
    lines=PAPER_BOAT,
    voices=(Voice("en", "English", 128, 1.0), Voice("es", "Español", 182, 1.13)),
    score=tunes.quay_waltz,
    poster=paper_boat.poster,
    poster_shows="a smiling paper boat above a smiling whale",
    stills=(
        Still("backdrop", "setting out", 2.6, "the paper boat at sea before a sunrise"),
        Still("still", "ticklish", 3.1, "the boat in the air on a whale's spout"),
        Still("still", "underneath", 2.4, "the whale under water, weeds and fish"),
        Still("still", "something below", 2.3, "the boat, close, looking worried"),
        Still("still", "harbour", 3.4, "a harbour at dusk with a lighthouse and coloured boats"),
    ),
)

THE_CONFETTI_EXPRESS = Film(
    id="confetti-express",
    names={"en": "The Confetti Express", "ar": "قطار القصاصات الملوَّنة", "ja": "紙吹雪急行"},
    synopsis={
        "en": "All the confetti of the carnival is on one late train. Then the brakes go missing.",
        "ar": "كلُّ قصاصات الكرنفال في قطارٍ واحدٍ متأخِّر. ثم تختفي المكابح.",
        "ja": "カーニバルの紙吹雪をすべて積んだ列車は遅れている。しかもブレーキがない。",
    },
    rating="PG",
    genres=("animation", "adventure", "comedy"),
    cast=("Engine No. 8 of the Matinee Railway", "The Matinee Confetti Ensemble"),
    shots=confetti_express.SHOTS,
    lines=CONFETTI_EXPRESS,
    voices=(Voice("en", "English", 118, 0.97), Voice("it", "Italiano", 172, 1.12)),
    score=tunes.brakeless_gallop,
    poster=confetti_express.poster,
    poster_shows="a red locomotive, head on, in a fan of confetti",
    stills=(
        Still("backdrop", "storm", 2.6, "the train on a viaduct in a storm"),
        Still("still", "festival", 2.3, "the train arriving in an explosion of confetti"),
        Still("still", "wheels", 1.3, "the engine's driving wheels and sparks"),
        Still("still", "carriage", 2.4, "crates of confetti by a carriage window"),
    ),
)

THE_LAKE_OF_SMALL_LIGHTS = Film(
    id="lantern-lake",
    names={"en": "The Lake of Small Lights", "ar": "بحيرة الأضواء الصغيرة", "ja": "小さな灯りの湖"},
    synopsis={
        "en": "On the longest night every lantern carries a wish. One of them is too tired to rise.",
        "ar": "في أطول ليالي السنة، يحمل كلُّ فانوسٍ على البحيرة أمنية. وواحدٌ منها أشدُّ تعبًا من أن يصعد.",
        "ja": "一年でいちばん長い夜、湖の灯りはそれぞれ願いを運ぶ。そのひとつは、疲れて空へのぼれない。",
    },
    rating="G",
    genres=("animation", "fantasy", "slow"),
    cast=("A Firefly, introduced by Matinee", "Forty Matinee Lanterns"),
    shots=lantern_lake.SHOTS,
    lines=LANTERN_LAKE,
    voices=(Voice("en", "English", 112, 0.97), Voice("ja", "日本語", 190, 1.15)),
    score=tunes.longest_night,
    poster=lantern_lake.poster,
    poster_shows="paper lanterns rising from a lake at night",
    stills=(
        Still("backdrop", "rise", 3.6, "lanterns rising between dark pines"),
        Still("still", "lake", 2.5, "lanterns on a misty lake under the moon"),
        Still("still", "firefly", 3.4, "one lantern, close, lit by a firefly"),
        Still("still", "new star", 3.4, "a constellation shaped like a paper boat"),
    ),
)

FILMS = (THE_PAPER_BOAT, THE_CONFETTI_EXPRESS, THE_LAKE_OF_SMALL_LIGHTS)


def find(film_id: str) -> Film | None:
    return next((film for film in FILMS if film.id == film_id), None)
