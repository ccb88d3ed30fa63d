import type { ConsoleMessages } from './en'

const ar: ConsoleMessages = {
  brand: 'لوحة التشغيل', nav: 'لوحة التشغيل', toViewer: 'فتح تطبيق المشاهدة', signOut: 'تسجيل الخروج', signIn: 'تسجيل الدخول كمشغّل', refused: 'هذا الحساب ليس حساب مشغّل. اطلب إضافتك بالأمر «matinee operator add».',
  email: 'البريد الإلكتروني', password: 'كلمة المرور', submit: 'تسجيل الدخول', retry: 'أعد المحاولة', loading: 'جارٍ التحميل', skip: 'انتقل إلى المحتوى', updated: (when) => `حُدّث ${when}`, language: 'اللغة',
  stale: 'الخدمة لا تستجيب. المعروض آخر حالة معروفة.', unreachable: 'تعذر الوصول إلى الخدمة.', notFound: 'لا توجد صفحة في هذا العنوان.',
  pages: { titles: 'العناوين والإصدارات', queue: 'طابور الترميز', appliances: 'عقد التوزيع', mailbox: 'صندوق البريد', health: 'حالة الخدمة', upload: 'رفع', film: 'الفيلم في الاستوديو', review: 'المراجعة' },
  titles: {
    lead: 'كل عنوان، والإصدار الذي يصل إلى المشاهدين، وما سبقه.', name: 'العنوان', state: 'الحالة', release: 'الإصدار', made: 'أُنشئ', profile: 'النمط', current: 'منشور', trailer: 'إعلان', none: 'لا عناوين بعد. انشر واحدًا بالأمر «matinee publish FILE --title …».',
    production: 'الإنتاج', hideProduction: 'إخفاء الإنتاج', publish: 'نشر', rollback: 'الرجوع إلى السابق', withdraw: 'سحب', noRelease: 'لا إصدار بعد', noProduction: 'لم يُعَدّ شيء من هذا العنوان بعد.', confirmWithdraw: (name) => `أتريد سحب «${name}»؟ لن يستطيع المشاهدون بدءه. تُحفظ الإصدارات، ويعيده النشر.`,
    confirm: 'سحب', cancel: 'إبقاء', done: { publish: (name) => `نُشر «${name}».`, rollback: (name) => `أُعيد «${name}» إلى إصداره السابق.`, withdraw: (name) => `سُحب «${name}».` },
    states: { available: 'منشور', preparing: 'قيد الإعداد', withdrawn: 'مسحوب', failed: 'فشل', idle: 'لا يُعَدّ الآن' },
    failed: 'فشل إعداده:', page: 'صفحته', remove: 'حذف', removed: (name) => `حُذف «${name}».`, reason: 'السبب، يُحفظ مع اسم من حذف', confirmRemove: (name) => `أتريد حذف «${name}» نهائيًا؟ تذهب إصداراته ومفاتيحها، وإعلاناته ومعاينته، ونسخته الأصلية وكل ما أُعدّ منها، وتحذف عقد التوزيع ما لديها، حتى عمّن يشاهده الآن. لا رجعة في ذلك. ويبقى ما شاهده الأعضاء في سجلّهم.`,
  },
  queue: {
    lead: 'نسخ أصلية في طريقها لتصبح عناوين.', none: 'لا شيء قيد الإعداد.', eta: (span) => `بقي نحو ${span}`, stage: 'المرحلة', details: 'التفاصيل', hide: 'إخفاء التفاصيل', findings: 'ضبط الجودة', noFindings: 'لا ملاحظات.', ladder: 'سلّم الجودة', picture: 'الصورة', bitrate: 'معدل البت', vmaf: 'VMAF', noLadder: 'يُختار السلّم بعد قياس اللقطات.',
    states: { waiting: 'في الانتظار', running: 'قيد التنفيذ', paused: 'متوقف مؤقتًا', ready: 'جاهز', failed: 'فشل', canceled: 'أُلغي' }, severities: { note: 'ملاحظة', warning: 'تحذير', error: 'خطأ' },
    jobs: 'المهام',
    stages: { inspect: 'فحص النسخة الأصلية', plan: 'تخطيط السلّم', encode: 'الترميز', measure: 'القياس', 'encode-again': 'إعادة الترميز', 'measure-again': 'إعادة القياس', 'show-refused': 'التقاط صور لما رُفض', refused: 'بانتظار قرار شخص', accepted: 'بانتظار قرار شخص', artwork: 'الصور', package: 'التحزيم', announce: 'الإعلان', tidy: 'الترتيب', continue: 'المتابعة', 'show-findings': 'التقاط صور لما وُجد', 'show-rungs': 'التقاط صور للمقارنة', extras: 'بدء ما يلي' },
    waiting: 'في الانتظار:', trouble: 'النسخة جاهزة. ما تعثّر بعدها:', versionOf: (profile) => `النسخة «${profile}»`, promised: 'متوقع',
    first: 'إلى المقدمة', attempts: 'محاولات فشلت', attempt: (number, worker) => `المحاولة ${number} في ${worker}:`,
    pause: 'إيقاف مؤقت', goOn: 'متابعة', cancel: 'إيقاف إعداده', giveUp: 'التخلي عنه', keep: 'تركه كما هو', confirmCancel: (name) => `أتريد وقف إعداد «${name}»؟ يبقى ما نُشر. وتسليم النسخة الأصلية مرة أخرى يبدأ من جديد.`,
  },
  upload: {
    lead: 'نسخة أصلية وما يرافقها تصير عنوانًا.', files: 'الملفات', drop: 'أفلت هنا النسخة الأصلية وما يرافقها.', choose: 'اختر ملفات', kinds: 'فيلم، و‎film.json‎، وترجمات، ومسارات صوت، وصور، وإعلانات.', empty: 'استُبعدت الملفات الفارغة.', badSidecar: (name) => `${name} ليس ملف وصف مقروءًا: ليس كائن JSON.`,
    roles: { master: 'نسخة أصلية', sidecar: 'ملف وصف', subtitles: 'ترجمة', audio: 'صوت', artwork: 'صورة', trailer: 'إعلان', unknown: 'غير مستخدم' }, named: 'مذكور في ملف الوصف', notNamed: 'غير مذكور في ملف الوصف، فاستُبعد', language: 'اللغة', kind: 'النوع', remove: 'إزالة',
    kindNames: { poster: 'ملصق', backdrop: 'خلفية', still: 'لقطة', logo: 'شعار', subtitles: 'ترجمة', captions: 'ترجمة للصم', forced: 'ترجمة إلزامية', main: 'رئيسي', dub: 'دبلجة', description: 'وصف صوتي', commentary: 'تعليق', alternate: 'بديل' }, noMaster: 'لا فيلم بين هذه الملفات.', missing: 'يذكر ملف الوصف ملفات غير موجودة:', wordless: 'اذكر لغة كل مسار: en أو pt-BR.',
    about: 'عن العنوان', title: 'العنوان', originalLanguage: 'لغته', year: 'السنة', rating: 'التصنيف العمري', unrated: 'بلا تصنيف: للبالغين فقط', type: 'النوع', types: { movie: 'فيلم', series: 'مسلسل', documentary: 'وثائقي', special: 'عرض خاص' }, series: 'المسلسل الذي هو حلقة منه', season: 'الموسم', episode: 'الحلقة', genres: 'الأصناف، بفواصل', cast: 'الممثلون، بفواصل', synopsis: 'الملخص',
    how: 'كيف يُعدّ', releases: 'الإصدارات', releaseNames: { both: 'سريع ثم كامل', fast: 'السريع فقط', full: 'الكامل فقط' }, urgency: 'الأولوية', urgencies: { soon: 'قبل غيره', normal: 'في دوره', later: 'بعد غيره' }, codecs: 'ترميزات الإصدار الكامل، إلى جانب H.264', send: 'ارفع وابدأ',
    sending: 'الرفع', phases: { idle: '', sending: 'جارٍ الإرسال', paused: 'متوقف مؤقتًا', 'handing-in': 'جارٍ التسليم', failed: 'توقف', done: 'تم' }, of: (sent, total) => `${sent} من ${total}`, silent: 'انقطع الاتصال. يتابع من نفسه حين تجيب الخدمة.', fileGone: 'لم يعد الملف مقروءًا: تغيّر أو أُزيل. اختره من جديد.',
    hold: 'إيقاف مؤقت', goOn: 'متابعة', change: 'تغيير شيء', giveUp: 'ترك', keepOpen: 'أبقِ هذا التبويب مفتوحًا. إن أُغلق فاختر الملفات نفسها، ويتابع الرفع من حيث كان.',
  },
  film: {
    versions: 'النسخ', nothingYet: 'لا تقرير بعد', nothingYetText: 'يظهر هنا بعد تخطيط السلّم. النسخ الأقدم من التقارير ليس لها تقرير.', decision: 'القرار', undecided: 'لم يقرر أحد في هذه النسخة الأصلية بعد.', approved: 'مقبول', rejected: 'مرفوض', reason: 'السبب', approve: 'قبول', reject: 'رفض', sayWhy: 'اذكر سبب الرفض.', rejectStops: 'الرفض ينهي ما يُعدّ الآن.', stillPublished: 'رُفضت هذه النسخة الأصلية، لكن إصدارًا من العنوان منشور. إن كان من هذه النسخة فاسحبه هنا.',
    frames: (first, last) => (first === last ? `الإطار ${first}` : `الإطارات ${first} – ${last}`), frameAt: (frame, at) => `الإطار ${frame} عند ${at}`, before: 'قبله', noFindings: 'لم يجد ضبط الجودة شيئًا.',
    rates: 'المعدل والجودة', ratesLead: 'ما يقدر عليه كل ارتفاع بحسب التجارب، والدرجات المختارة لهذا الفيلم، والسلّم الثابت الذي يُعطى للجميع في غير هذا المكان.', ratesLabel: (ours, fixed) => `VMAF بحسب معدل البت: ${ours} درجات لهذا الفيلم و${fixed} للسلّم الثابت. والجدول يقول الشيء نفسه.`, ladder: 'السلّم', ours: 'هذا الفيلم', fixed: 'السلّم الثابت', measuredRung: 'درجة مقيسة', promisedRung: 'درجة متوقعة من التجارب', promised: 'متوقع', firstPercentile: 'أسوأ 1 % دون', notOffered: 'لا تُعرض', onPhone: 'على هاتف', on4k: 'على شاشة 4K',
    codec: 'الترميز', rung: 'الدرجة', overTime: 'الجودة عبر الزمن', overTimeLead: 'VMAF لكل مقطع: الدرجة المختارة، وخلفها غيرها. إطار من كل مئة دون الخط المتقطع.', overTimeLabel: (mean, first) => `VMAF عبر الفيلم: ${mean} في المتوسط، وإطار من كل مئة دون ${first}. أسوأ المقاطع في الجدول.`, worst: 'أسوأ المقاطع', when: 'متى', bits: 'البتات بحسب المشهد', bitsLead: (scenes) => `عدد المشاهد: ${scenes}. عرض كل مشهد بطوله.`, dearest: 'أغلى المشاهد',
    compare: 'مقارنة الإطارات', compareLead: 'الإطار نفسه من النسخة الأصلية ومن الدرجة، حيث يبدو أسوأ وفي مواضع بين ذلك.', master: 'الأصل', masterAt: (at) => `النسخة الأصلية عند ${at}`, rungAt: (rung, at) => `${rung} عند ${at}`, edge: 'الحد بينهما', masterShare: (share) => `${share} من الأصل`,
  },
  review: { lead: 'ما يريد ضبط الجودة عرضه على إنسان، وعينة مما يجده نظيفًا.', none: 'لا شيء ينتظر إنسانًا.', found: (count) => `الملاحظات: ${count}`, sampled: 'عينة', look: 'انظر', more: (count) => `و${count} غيرها` },
  mailbox: { lead: 'رسائل كتبتها هذه الخدمة. لا تتجاوز هذه الصفحة حتى يُضبط خادم بريد.', none: 'لا توجد رسائل بعد.' },
  appliances: { lead: 'من أين تصل بيانات المشاهدين.', none: 'لم تُبلغ أي عقدة بعد.', appliance: 'العقدة', health: 'الحالة', seen: 'آخر ظهور', held: 'المحفوظ', releases: 'الإصدارات', healthy: 'سليمة', down: 'غير سليمة', never: 'أبدًا', free: 'المتاح', filling: 'قيد التعبئة', idle: 'لا شيء قيد التعبئة' },
  health: { lead: 'ما تقوله الخدمة عن نفسها.', alive: 'العملية', ready: 'جاهزة للطلبات', ok: 'على ما يرام', bad: 'ليست على ما يرام', part: 'الجزء', answer: 'الجواب' },
}

export default ar
