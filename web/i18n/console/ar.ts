import type { ConsoleMessages } from './en'

const ar: ConsoleMessages = {
  brand: 'لوحة التشغيل', nav: 'لوحة التشغيل', toViewer: 'فتح تطبيق المشاهدة', signOut: 'تسجيل الخروج', signIn: 'تسجيل الدخول كمشغّل', refused: 'هذا الحساب ليس حساب مشغّل. اطلب إضافتك بالأمر «matinee operator add».',
  email: 'البريد الإلكتروني', password: 'كلمة المرور', submit: 'تسجيل الدخول', retry: 'أعد المحاولة', loading: 'جارٍ التحميل', skip: 'انتقل إلى المحتوى', updated: (when) => `حُدّث ${when}`, language: 'اللغة',
  stale: 'الخدمة لا تستجيب. المعروض آخر حالة معروفة.', unreachable: 'تعذر الوصول إلى الخدمة.', notFound: 'لا توجد صفحة في هذا العنوان.',
  pages: { titles: 'العناوين والإصدارات', queue: 'طابور الترميز', appliances: 'عقد التوزيع', mailbox: 'صندوق البريد', health: 'حالة الخدمة' },
  titles: {
    lead: 'كل عنوان، والإصدار الذي يصل إلى المشاهدين، وما سبقه.', name: 'العنوان', state: 'الحالة', release: 'الإصدار', made: 'أُنشئ', profile: 'النمط', current: 'منشور', none: 'لا عناوين بعد. انشر واحدًا بالأمر «matinee publish FILE --title …».',
    production: 'الإنتاج', hideProduction: 'إخفاء الإنتاج', publish: 'نشر', rollback: 'الرجوع إلى السابق', withdraw: 'سحب', noRelease: 'لا إصدار بعد', noProduction: 'لم يُعَدّ شيء من هذا العنوان بعد.', confirmWithdraw: (name) => `أتريد سحب «${name}»؟ لن يستطيع المشاهدون بدءه. تُحفظ الإصدارات، ويعيده النشر.`,
    confirm: 'سحب', cancel: 'إبقاء', done: { publish: (name) => `نُشر «${name}».`, rollback: (name) => `أُعيد «${name}» إلى إصداره السابق.`, withdraw: (name) => `سُحب «${name}».` },
    states: { available: 'منشور', preparing: 'قيد الإعداد', withdrawn: 'مسحوب' },
  },
  queue: {
    lead: 'نسخ أصلية في طريقها لتصبح عناوين.', none: 'لا شيء قيد الإعداد.', eta: (span) => `بقي نحو ${span}`, stage: 'المرحلة', details: 'التفاصيل', hide: 'إخفاء التفاصيل', findings: 'ضبط الجودة', noFindings: 'لا ملاحظات.', ladder: 'سلّم الجودة', picture: 'الصورة', bitrate: 'معدل البت', vmaf: 'VMAF', noLadder: 'يُختار السلّم بعد قياس اللقطات.',
    states: { waiting: 'في الانتظار', running: 'قيد التنفيذ', paused: 'متوقف مؤقتًا', ready: 'جاهز', failed: 'فشل', canceled: 'أُلغي' }, severities: { note: 'ملاحظة', warning: 'تحذير' },
    stages: { inspect: 'فحص النسخة الأصلية', plan: 'تخطيط السلّم', encode: 'الترميز', measure: 'القياس', 'encode-again': 'إعادة الترميز', 'measure-again': 'إعادة القياس', artwork: 'الصور', package: 'التحزيم', announce: 'الإعلان', tidy: 'الترتيب', continue: 'المتابعة' },
    waiting: 'في الانتظار:', versionOf: (profile) => `النسخة «${profile}»`, promised: 'متوقع',
  },
  mailbox: { lead: 'رسائل كتبتها هذه الخدمة. لا تتجاوز هذه الصفحة حتى يُضبط خادم بريد.', none: 'لا توجد رسائل بعد.' },
  appliances: { lead: 'من أين تصل بيانات المشاهدين.', none: 'لم تُبلغ أي عقدة بعد.', appliance: 'العقدة', health: 'الحالة', seen: 'آخر ظهور', held: 'المحفوظ', releases: 'الإصدارات', healthy: 'سليمة', down: 'غير سليمة', never: 'أبدًا', free: 'المتاح', filling: 'قيد التعبئة', idle: 'لا شيء قيد التعبئة' },
  health: { lead: 'ما تقوله الخدمة عن نفسها.', alive: 'العملية', ready: 'جاهزة للطلبات', ok: 'على ما يرام', bad: 'ليست على ما يرام', part: 'الجزء', answer: 'الجواب' },
}

export default ar
