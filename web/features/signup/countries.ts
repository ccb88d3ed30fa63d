// The countries there are, as this browser names them, and the one that somebody is likely in.
const A = 'A'.charCodeAt(0)
const CODES = Array.from({ length: 26 * 26 }, (_, n) => String.fromCharCode(A + Math.floor(n / 26), A + (n % 26)))
/** Codes with a name that are no country: unions, tests, what is not known. */
const NONE: ReadonlySet<string> = new Set(['EU', 'EZ', 'UN', 'QO', 'XA', 'XB', 'ZZ', 'CQ'])

export function countries(tag: string): string[] {
  const names = new Intl.DisplayNames([tag], { type: 'region', fallback: 'none' })
  // A country that is no more is written as the one it became.
  const canonical = (code: string) => Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`
  const found = CODES.filter((code) => !NONE.has(code) && canonical(code) && names.of(code) !== undefined)
  const order = new Intl.Collator(tag)
  return found.sort((a, b) => order.compare(names.of(a) ?? a, names.of(b) ?? b))
}

export function likelyCountry(languages: readonly string[]): string {
  for (const language of languages) {
    const { region } = new Intl.Locale(language)
    if (region && /^[A-Z]{2}$/.test(region)) return region
  }
  return 'US'
}
