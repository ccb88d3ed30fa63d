import type { ViewerMessages } from './en'

// Arabic counts in six forms; `Intl.PluralRules` picks, the number itself is not repeated for one and two.
const forms = new Intl.PluralRules('ar')
const titles = (n: number): string =>
  ({ zero: 'لا عناوين', one: 'عنوان واحد', two: 'عنوانان', few: `${n} عناوين`, many: `${n} عنوانًا`, other: `${n} عنوان` })[forms.select(n)]
const screens = (n: number): string =>
  ({ zero: 'بلا شاشات', one: 'شاشة واحدة', two: 'شاشتان', few: `${n} شاشات`, many: `${n} شاشة`, other: `${n} شاشة` })[forms.select(n)]

const ar: ViewerMessages = {
  pages: {
    home: 'الرئيسية', signIn: 'تسجيل الدخول', profiles: 'من يشاهد الآن؟', title: 'العنوان', watch: 'قيد التشغيل',
    search: 'بحث', myList: 'قائمتي', account: 'الحساب', notFound: 'الصفحة غير موجودة',
  },
  shell: {
    skip: 'انتقل إلى المحتوى', main: 'الرئيسية', menu: 'الملف الشخصي والحساب', switchProfile: 'تبديل الملف الشخصي', console: 'لوحة التشغيل',
    signOut: 'تسجيل الخروج', language: 'اللغة', offline: 'لا يوجد اتصال. ما تم تحميله يبقى هنا.',
    notFound: 'لا توجد صفحة في هذا العنوان.', goHome: 'إلى الصفحة الرئيسية', retry: 'أعد المحاولة', loading: 'جارٍ التحميل', close: 'إغلاق', back: 'رجوع',
    requestId: (id) => `المرجع: ${id}`,
  },
  signIn: {
    heading: 'تفضّل بالجلوس', lead: 'سجّل الدخول لتشاهد.', email: 'البريد الإلكتروني', password: 'كلمة المرور', submit: 'تسجيل الدخول', busy: 'جارٍ تسجيل الدخول…',
    show: 'إظهار كلمة المرور', hide: 'إخفاء كلمة المرور', missingEmail: 'أدخل بريدك الإلكتروني.', missingPassword: 'أدخل كلمة المرور.',
    demoTitle: 'تريد إلقاء نظرة فقط؟', demo: (email, password) => `${email} · ${password}`, useDemo: 'املأ بيانات الحساب التجريبي',
    tagline: 'تنطفئ الأضواء متى شئت.',
  },
  profiles: {
    heading: 'من يشاهد الآن؟', add: 'إضافة ملف شخصي', addHeading: 'إضافة ملف شخصي', addLead: 'لكل شخص قائمته وسجل مشاهدته.',
    name: 'الاسم', nameMissing: 'أدخل اسمًا للملف الشخصي.', kids: 'أطفال', kidsHint: 'يعرض عناوين الأطفال فقط.', avatar: 'الصورة',
    language: 'اللغة', save: 'حفظ', saving: 'جارٍ الحفظ…', cancel: 'إلغاء', kidsBadge: 'أطفال', watchAs: (name) => `المشاهدة باسم ${name}`,
    avatarNamed: (n) => `صورة ${n}`, full: (most) => `يتسع الحساب لما يصل إلى ${most} ملفات شخصية.`, account: 'الحساب',
  },
  home: {
    play: 'تشغيل', resume: 'متابعة', moreInfo: 'مزيد من المعلومات', preparingTitle: 'الأضواء على وشك أن تنطفئ',
    preparing: (name, percent) => `يجري إعداد ${name}: ‏${percent}`, preparingFirst: (percent) => `يجري إعداد الفيلم الأول: ‏${percent}`,
    preparingHint: 'تمتلئ هذه الصفحة من تلقاء نفسها. يستغرق الفيلم الأول بضع دقائق.',
    empty: 'لا توجد أفلام بعد', emptyHint: 'ما إن يُنشر فيلم حتى يظهر هنا.', comingUp: 'قيد الإعداد',
    watched: (percent) => `شوهد ${percent}`, previous: (row) => `السابق في ${row}`, next: (row) => `التالي في ${row}`,
  },
  title: {
    play: 'تشغيل', resume: 'متابعة', trailer: 'الإعلان', trailerNamed: (name) => `الإعلان: ${name}`, addToList: 'أضف إلى قائمتي', inList: 'في قائمتي', removeFromList: 'أزل من قائمتي', cast: 'التمثيل', genres: 'الأنواع',
    audio: 'الصوت', subtitles: 'الترجمة', none: 'لا يوجد',
    notFound: 'هذا العنوان غير موجود، أو غير متاح لهذا الملف الشخصي.', rating: (rating) => `التصنيف ${rating}`,
    added: 'أضيف إلى قائمتي.', removed: 'أزيل من قائمتي.', series: 'مسلسل', film: 'فيلم',
  },
  series: {
    season: 'الموسم', seasonOf: (n) => `الموسم ${n}`, episodes: 'الحلقات', numbered: (n, name) => `${n}. ${name}`,
    play: (n, name) => `شغّل الحلقة ${n}: ${name}`, goOn: (n, name) => `تابع الحلقة ${n}: ${name}`, seen: 'شوهدت',
    next: 'الحلقة التالية', code: (season, episode) => `م${season} ح${episode}`, playAt: (code) => `شغّل ${code}`, resumeAt: (code) => `تابع ${code}`,
    with: (name) => `المزيد مع ${name}`, roles: { director: 'إخراج', writer: 'تأليف', creator: 'ابتكار' },
  },
  list: { empty: 'قائمتك فارغة', emptyHint: 'اختر «أضف إلى قائمتي» عند أي عنوان، وسينتظرك هنا.' },
  look: { within: 'هذا النوع فقط', meant: 'هل تقصد', instead: 'يمكنك أن تشاهد بدلًا من ذلك', recent: 'عمليات البحث الأخيرة', forget: 'مسح عمليات البحث الأخيرة' },
  search: {
    label: 'ابحث في العناوين والأشخاص والأنواع', placeholder: 'عناوين، أشخاص، أنواع', clear: 'مسح', hint: 'ماذا تود أن تشاهد؟',
    none: (query) => `لا نتائج لـ«${query}».`, noneHint: 'جرّب أحرفًا أقل، أو تهجئة أخرى، أو نوعًا.', found: titles,
  },
  account: {
    member: 'الاشتراك', email: 'البريد الإلكتروني', plan: 'الباقة', country: 'البلد',
    planOf: (streams, height) => `${screens(streams)} في الوقت نفسه، حتى ${height}p`,
    devices: 'الأجهزة المسجّل دخولها', thisDevice: 'هذا الجهاز', lastSeen: (when) => `آخر استخدام ${when}`, signOutDevice: (device) => `تسجيل خروج ${device}`,
    signOut: 'تسجيل الخروج', language: 'لغة هذا الجهاز', signOutHere: 'تسجيل الخروج من هذا الجهاز',
  },
  player: {
    region: 'مشغّل الفيديو', play: 'تشغيل', pause: 'إيقاف مؤقت', back10: 'رجوع 10 ثوانٍ', forward10: 'تقديم 10 ثوانٍ', seek: 'الموضع',
    position: (at, of) => `${at} من ${of}`, volume: 'مستوى الصوت', mute: 'كتم الصوت', unmute: 'إلغاء الكتم',
    captionsOn: 'تشغيل الترجمة', captionsOff: 'إيقاف الترجمة', subtitles: 'الترجمة', audio: 'الصوت', quality: 'الجودة', speed: 'السرعة',
    off: 'بدون', auto: 'تلقائي', autoAt: (height) => `تلقائي (${height}p)`, normal: 'عادية', fullscreen: 'ملء الشاشة', exitFullscreen: 'الخروج من ملء الشاشة',
    pip: 'صورة داخل صورة', stats: 'إحصاءات', help: 'اختصارات لوحة المفاتيح', backHome: 'العودة إلى الرئيسية', back: 'رجوع', described: 'وصف صوتي',
    skipIntro: 'تخطي المقدمة', skipRecap: 'تخطي الملخص', ended: 'النهاية', endedOf: (name) => `انتهى ${name}.`, trailerEnded: 'انتهى الإعلان.', toTitle: 'إلى صفحة العنوان', playFilm: 'شاهد الفيلم', watchCredits: 'مشاهدة الأسماء', again: 'المشاهدة مرة أخرى',
    loading: 'نجهّز فيلمك', buffering: 'جارٍ التحميل', stoppedTitle: 'توقف التشغيل', errorCode: (code) => `رمز الخطأ: ${code}`, cannotPlay: 'لا يمكن تشغيل هذا الفيلم',
    watchHere: 'شاهد هنا بدلًا من ذلك', startPlaying: 'اضغط تشغيل للبدء', shortcutsOn: 'اختصارات المفتاح الواحد', volumeAt: (percent) => `مستوى الصوت ${percent}`,
    stat: { rung: 'الصورة', bitrate: 'معدل البت', throughput: 'سرعة النقل', buffer: 'المخزن المؤقت', dropped: 'الإطارات المفقودة', keySystem: 'نظام المفاتيح', edge: 'عقدة التوزيع', codecs: 'الترميز', session: 'الجلسة', start: 'زمن البدء' },
    seconds: (n) => `${n} ث`, framesOf: (dropped, all) => `${dropped} من ${all}`, noKeys: 'لا يوجد (غير مشفّر)',
    winding: (pace: string) => `تسريع ${pace}×`,
    keys: {
      play: 'تشغيل أو إيقاف مؤقت', seek: '10 ثوانٍ إلى الخلف أو الأمام', volume: 'مستوى الصوت', mute: 'كتم الصوت', wind: 'ترجيع أو تسريع، أسرع مع كل ضغطة', fullscreen: 'ملء الشاشة', captions: 'تشغيل الترجمة أو إيقافها',
      audio: 'قائمة الصوت', skip: 'تخطي المقدمة', start: 'إلى البداية أو النهاية', stats: 'إحصاءات', help: 'هذه المساعدة', leave: 'إغلاق، أو مغادرة الفيلم',
    },
  },
  shelves: {
    rows: {
      continue: { title: 'تابع المشاهدة', reason: 'بدأت مشاهدة هذه العناوين' },
      'my-list': { title: 'قائمتي', reason: 'أضفت هذه العناوين إلى قائمتك' },
      new: { title: 'جديد', reason: 'أحدث الأفلام' },
    },
    genres: {
      action: 'حركة', adventure: 'مغامرة', animation: 'رسوم متحركة', comedy: 'كوميديا', crime: 'جريمة', documentary: 'وثائقي',
      drama: 'دراما', family: 'عائلي', fantasy: 'خيال', history: 'تاريخ', horror: 'رعب', kids: 'أطفال',
      music: 'موسيقى', mystery: 'غموض', romance: 'رومانسي', 'science-fiction': 'خيال علمي', short: 'أفلام قصيرة', slow: 'سينما هادئة',
      sport: 'رياضة', thriller: 'إثارة', war: 'حرب', western: 'غرب أمريكي',
      anime: 'أنمي', biography: 'سيرة ذاتية', food: 'طعام', musical: 'غنائي', nature: 'طبيعة', news: 'أخبار',
      noir: 'نوار', reality: 'تلفزيون الواقع', science: 'علوم', 'stand-up': 'ستاند أب', superhero: 'أبطال خارقون', travel: 'سفر',
      'true-crime': 'جرائم حقيقية',
    },
    genreReason: (genre) => `أفلام من نوع: ${genre}`,
  },
  problems: {
    unreachable: 'تعذر الوصول إلى الخدمة. تحقق من اتصالك؛ سنحتفظ بموضعك.', 'not-signed-in': 'انتهت جلستك. سجّل الدخول مرة أخرى.',
    'wrong-credentials': 'البريد الإلكتروني أو كلمة المرور غير صحيحة. تحقق منهما وأعد المحاولة.', 'not-allowed': 'هذا غير مسموح لهذا الملف الشخصي.', 'not-found': 'هذا غير موجود، أو لم يعد موجودًا.',
    'too-many-requests': 'محاولات كثيرة. انتظر قليلًا ثم أعد المحاولة.', unavailable: 'جزء من الخدمة لا يستجيب. أعد المحاولة بعد قليل.',
    'too-many-streams': 'كل شاشات باقتك مشغولة. أوقف إحداها، أو شاهد هنا بدلًا منها.', 'session-ended': 'انتهى هذا التشغيل. اضغط تشغيل مجددًا.',
    'not-available': 'هذا العنوان غير متاح الآن.', 'license-refused': 'لم يصل مفتاح هذا الفيلم أو أنه لا يطابقه. أعد المحاولة. وإن تكرر ذلك فسجّل الخروج ثم الدخول، أو أعطِ المشغّل الرمز أدناه.',
    'keys-unsupported': 'لا يستطيع هذا المتصفح تشغيل الأفلام المحمية هنا. استخدم https أو localhost، أو متصفحًا آخر.', 'no-stream': 'لا يستطيع هذا المتصفح فك ترميز أي نسخة من هذا الفيلم. جرّب متصفحًا آخر.',
    'media-failed': 'تعذر تحميل الفيلم. تحقق من اتصالك وأعد المحاولة.', 'decode-failed': 'تعذر على متصفحك فتح هذا الفيلم أو فك ترميزه. أعد المحاولة. وإن تكرر ذلك فجرّب متصفحًا آخر، أو أعطِ المشغّل الرمز أدناه.',
    'plan-inactive': 'باقتك غير مفعّلة. اختر باقة لتشاهد.',
    'nothing-for-this-device': 'لا توجد نسخة من هذا الفيلم تعمل على هذا الجهاز. جرّب متصفحًا أو جهازًا آخر.',
    'title-not-found': 'هذا العنوان غير موجود، أو غير متاح لهذا الملف الشخصي.',
    'not-yet-playable': 'هذا الفيلم ليس جاهزًا بعد. يمكن تشغيله فور جاهزيته.',
    'nowhere-to-play-from': 'لا يوجد خادم يحمل هذا الفيلم الآن. أعد المحاولة بعد دقيقة.',
    overloaded: 'يشاهد كثيرون الآن. أعد المحاولة بعد ثوانٍ.',
    'foreign-origin': 'جاء هذا الطلب من موقع آخر ولم يُنفَّذ. أعد تحميل الصفحة.',
    'profile-not-found': 'لم يعد هذا الملف الشخصي موجودًا. اختر غيره.',
    'too-many-profiles': 'بلغ الحساب أقصى عدد من الملفات الشخصية. أزل واحدًا أولًا.',
    'invalid-input': 'في هذا الطلب خطأ ما. تحقق مما أدخلته.',
    'body-too-large': 'هذا أكبر مما يمكن إرساله دفعة واحدة.',
    'disk-full': 'لم يبق متسع في الخدمة. أبلغ مشغّلها.',
    unexpected: 'حدث خطأ ما. أعد المحاولة؛ وإن استمر ذلك فأخبر المشغّل بالمرجع أدناه.',
  },
  ended: {
    other_device: 'انتهى التشغيل لأن جهازًا آخر بدأ.',
    silent: 'سكن هذا التشغيل مدة فحلّ غيره محله. اضغط تشغيل مجددًا.',
    expired: 'بدأ هذا التشغيل منذ وقت طويل. اضغط تشغيل مجددًا.',
    stopped: 'انتهى هذا التشغيل. اضغط تشغيل مجددًا.',
  },
}

export default ar
