"""What the narrators say: when, how it sounds in two languages, how it is written in three scripts."""

from matinee.demo.films.story import Line

PAPER_BOAT = (
    Line(
        0.35,
        2.95,
        {
            "en": "@ s t 'O r i @ b 'aU t @ v 'E r i s m 'O l b 'oU: t",
            "es": "l a i s t 'o R j a d e u n b 'a R k o m w i p e k 'e: J o",
        },
        {
            "en": "A story about a very small boat.",
            "ar": "حكاية عن قاربٍ صغيرٍ جدًّا.",
            "ja": "とても小さな船のお話。",
        },
    ),
    Line(
        3.6,
        7.4,
        {
            "en": "w 'V n s , @ p 'eI p 3 b 'oU t w E n t l 'U k I N f O r D @ s 'i:",
            "es": "u n b 'a R k o d e p a p 'E l , s a l j 'o a b u s k 'a R e l m 'a: R",
        },
        {
            "en": "Once, a paper boat went looking for the sea.",
            "ar": "ذات يومٍ، خرج قاربٌ من ورقٍ يبحث عن البحر.",
            "ja": "あるとき、紙の船が海をさがしに出かけた。",
        },
    ),
    Line(
        8.2,
        11.9,
        {
            "en": "s 'V m T I N v 'E r i b 'I g w V z s w 'I m I N V n d 3 n 'i: T",
            "es": "'a l g o m w i g R 'a n d e n a D 'a B a d e B 'a: x o",
        },
        {
            "en": "Something very big was swimming underneath.",
            "ar": "شيءٌ ضخمٌ كان يسبح في الأسفل.",
            "ja": "下を、とても大きな何かが泳いでいた。",
        },
    ),
    Line(
        12.6,
        16.4,
        {
            "en": "I t w V z @ w 'eI: l . ae n d S i w V z t 'I k l I S",
            "es": "'E R a u n a B a j 'e n a , i t e n 'i a k o s k 'i: j a s",
        },
        {
            "en": "It was a whale. And she was ticklish.",
            "ar": "كانت حوتًا. وكانت تُدغدَغ بسهولة.",
            "ja": "クジラだった。しかも、くすぐったがり。",
        },
    ),
    Line(
        17.4,
        20.9,
        {
            "en": "S i l 'ae f t , ae n d D @ l 'I t @ l b 'oU t f l 'u:",
            "es": "s e R i 'o , i e l b a R k 'i t o B o l 'o:",
        },
        {
            "en": "She laughed, and the little boat flew!",
            "ar": "ضحكتْ، فطار القارب الصغير!",
            "ja": "クジラが笑って、小さな船は空を飛んだ！",
        },
    ),
    Line(
        21.5,
        25.4,
        {
            "en": "D ae t n 'aI t , 'E v r i w 'I n d oU t 'oU l d D @ s t 'O: r i",
            "es": "'e s a n 'o tS e , k 'a D a B e n t 'a n a k o n t 'o l a i s t 'o: R j a",
        },
        {
            "en": "That night, every window told the story.",
            "ar": "في تلك الليلة، روتْ كلُّ نافذةٍ الحكاية.",
            "ja": "その夜、どの窓もその話でもちきりだった。",
        },
    ),
    Line(
        25.9,
        28.3,
        {"en": "g U d n 'aI t , l 'I t @ l b 'oU: t", "es": "b w 'e n a s n 'o tS e s , b a R k 'i: t o"},
        {
            "en": "Good night, little boat.",
            "ar": "تصبح على خير، أيها القارب الصغير.",
            "ja": "おやすみ、小さな船。",
        },
    ),
)

CONFETTI_EXPRESS = (
    Line(
        0.4,
        2.95,
        {
            "en": "D @ k 'A r n I v @ l b I g 'I n z ae t 'eI: t",
            "it": "i l k a R n e v 'a l e k o m 'i n tS a a l l e 'O: t t o",
        },
        {
            "en": "The carnival begins at eight.",
            "ar": "يبدأ الكرنفال في الثامنة.",
            "ja": "カーニバルは八時に始まる。",
        },
    ),
    Line(
        3.5,
        7.3,
        {
            "en": "'O l D @ k @ n f 'E t i I z O n D I s t r 'eI: n",
            "it": "t 'u t t i i k o R j 'a n d o l i s o n o s u k w e s t o t R 'e: n o",
        },
        {
            "en": "All the confetti is on this train.",
            "ar": "كلُّ قصاصات الورق الملوَّن في هذا القطار.",
            "ja": "紙吹雪は、ぜんぶこの列車の中。",
        },
    ),
    Line(
        7.9,
        10.4,
        {"en": "ae n d D @ t r 'eI n I z l 'eI: t", "it": "e i l t R 'e n o E i n R i t 'a: R d o"},
        {"en": "And the train is late.", "ar": "والقطار متأخِّر.", "ja": "そして、列車は遅れている。"},
    ),
    Line(
        10.8,
        14.9,
        {
            "en": "f 'ae s t 3 , s E d D @ d r 'aI v 3 . D @ s t 'O r m s E d n 'oU:",
            "it": "p j 'u v e l 'o tS e , d i s s e i l m a k k i n 'i s t a . l a t e m p 'E s t a d i s s e n 'O:",
        },
        {
            "en": "“Faster!” said the driver. The storm said no.",
            "ar": "قال السائق: «أسرع!» فقالت العاصفة: لا.",
            "ja": "「もっと速く！」と運転士。「だめ」と嵐。",
        },
    ),
    Line(
        15.4,
        17.9,
        {"en": "h 'oU l d 'O n t u j O r h 'ae: t s", "it": "t e n 'e t e v i i l k a p p 'E: l l o"},
        {"en": "Hold on to your hats!", "ar": "تمسَّكوا بقبَّعاتكم!", "ja": "帽子をしっかりおさえて！"},
    ),
    Line(
        18.6,
        22.4,
        {
            "en": "D eI @ r 'aI v d . 'O l V v I t @ r 'aI: v d",
            "it": "s 'o n o a R R i v 'a t i . t 'u t t i , t u t t i n s j 'E: m e",
        },
        {
            "en": "They arrived. All of it arrived.",
            "ar": "لقد وصلوا. ووصل كلُّ شيءٍ دفعةً واحدة.",
            "ja": "着いた。ぜんぶ、いっぺんに着いた。",
        },
    ),
    Line(
        22.8,
        25.3,
        {
            "en": "n 'oU b O d i 'E v 3 f 'aU n d D @ b r 'eI: k s",
            "it": "e i f R 'e n i . n e s s 'u n o l i a m 'aI t R o v 'a: t i",
        },
        {
            "en": "Nobody ever found the brakes.",
            "ar": "أمَّا المكابح، فلم يجدها أحد.",
            "ja": "ブレーキは、だれも見つけられなかった。",
        },
    ),
)

LANTERN_LAKE = (
    Line(
        0.4,
        3.95,
        {
            "en": "O n D @ l 'O N g @ s t n 'aI t , D @ l 'eI k I z f 'U l V v l 'aI: t s",
            "ja": "i tS i b a N n a g 'a i j o R M , m i z u 'u m i w a a k a R i d e i Q p a i",
        },
        {
            "en": "On the longest night, the lake is full of lights.",
            "ar": "في أطول ليلة، تمتلئ البحيرة بالأضواء.",
            "ja": "いちばん長い夜、湖は灯りでいっぱい。",
        },
    ),
    Line(
        5.0,
        8.8,
        {
            "en": "'i tS w V n k 'ae r i z @ w 'I: S",
            "ja": "h i t 'o ts M h i t 'o ts M g a , n e g 'a i o h a k o b M",
        },
        {"en": "Each one carries a wish.", "ar": "كلُّ ضوءٍ يحمل أمنية.", "ja": "ひとつひとつが、願いを運ぶ。"},
    ),
    Line(
        9.8,
        12.9,
        {
            "en": "b V t w 'V n V v D E m w V z t 'aI: 3 d",
            "ja": "d 'e m o , h i t 'o ts M d a k e , ts M k 'a R e t e i t a",
        },
        {
            "en": "But one of them was tired.",
            "ar": "لكنَّ واحدًا منها كان متعبًا.",
            "ja": "でも、ひとつだけ、疲れていた。",
        },
    ),
    Line(
        13.5,
        16.9,
        {
            "en": "@ f 'aI 3 f l aI s t 'O p t , ae n d S 'E r d I t s l 'aI: t",
            "ja": "h 'o t a R M g a t o m a R i , h i k 'a R i o w a k e t e k M R e t a",
        },
        {
            "en": "A firefly stopped, and shared its light.",
            "ar": "فتوقَّفت يراعةٌ، وشاركته ضوءَها.",
            "ja": "蛍がとまり、光を分けてくれた。",
        },
    ),
    Line(
        17.8,
        21.8,
        {
            "en": "s oU 'V p D eI w 'E n t , 'O l t U g 'E D 3:",
            "ja": "s o S i t e , m i n n 'a d e , s 'o R a e n o b 'o Q t a",
        },
        {
            "en": "So up they went, all together.",
            "ar": "فصعدوا جميعًا، معًا.",
            "ja": "そして、みんなで、空へのぼった。",
        },
    ),
    Line(
        22.5,
        25.9,
        {"en": "l 'U k . D E r I z @ n j 'u s t 'A: r", "ja": "h 'o R a . a t a R a S 'i i h o S i d a j o"},
        {"en": "Look. There is a new star.", "ar": "انظر. هناك نجمٌ جديد.", "ja": "ほら。新しい星だよ。"},
    ),
    Line(
        26.8,
        29.2,
        {"en": "m 'eI k @ w 'I: S", "ja": "n e g 'a i g o t o o:"},
        {"en": "Make a wish.", "ar": "تمنَّ أمنية.", "ja": "願いごとを。"},
    ),
)
