// What a person would call this screen: the member who lets it in is asked whether it is theirs.

const SETS: readonly (readonly [RegExp, string])[] = [
  [/Web0S|webOS/, 'LG TV'], [/Tizen/, 'Samsung TV'], [/AFT[A-Z]|Fire TV/, 'Fire TV'], [/BRAVIA/i, 'Sony TV'], [/CrKey/, 'Chromecast'],
  [/PlayStation/, 'PlayStation'], [/Xbox/, 'Xbox'], [/Roku/, 'Roku'], [/Android.*\bTV\b/, 'Android TV'],
]
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, 'iOS'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/CrOS/, 'ChromeOS'], [/Linux/, 'Linux'],
]

const first = (of: readonly (readonly [RegExp, string])[], agent: string): string | undefined => of.find(([sign]) => sign.test(agent))?.[1]

/** Empty where nothing is known of it: then the service shows what the browser says of itself. */
export function deviceName(agent: string = navigator.userAgent): string {
  return first(SETS, agent) ?? [first(BROWSERS, agent), first(SYSTEMS, agent)].filter(Boolean).join(' · ')
}
