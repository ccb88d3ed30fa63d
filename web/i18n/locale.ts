// Which languages there are, which one to speak, and which way it runs.

export const LOCALES = ['en', 'ar', 'es', 'ja'] as const
export type LocaleTag = (typeof LOCALES)[number]

/** Each in its own words, so that whoever needs it can read it. */
export const LOCALE_NAMES: Readonly<Record<LocaleTag, string>> = { en: 'English', ar: 'العربية', es: 'Español', ja: '日本語' }

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['ar'])
const KEY = 'matinee:locale'

export const direction = (tag: LocaleTag): 'ltr' | 'rtl' => (RIGHT_TO_LEFT.has(tag) ? 'rtl' : 'ltr')

/** The first wish we can grant: `ar-EG` is granted by `ar`. */
export function pick(wishes: readonly (string | null | undefined)[]): LocaleTag {
  for (const wish of wishes) {
    const base = wish?.toLowerCase().split('-')[0]
    const found = LOCALES.find((tag) => tag === base)
    if (found) return found
  }
  return 'en'
}

export const remembered = (): string | null => localStorage.getItem(KEY)
export const remember = (tag: LocaleTag): void => localStorage.setItem(KEY, tag)
/** What this device would speak before anyone signs in: the address, then its last choice, then the browser. */
export const deviceWishes = (): (string | null)[] => [new URLSearchParams(location.search).get('lang'), remembered(), ...navigator.languages]
