// Times, spans, sizes and language names, as the reader's language writes them.

/** A position the way players show it, always left to right: `4:05`, `1:02:03`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** A place in a film to the hundredth: `0:04.17`. */
export function timecode(seconds: number): string {
  const hundredths = Math.max(0, Math.round(seconds * 100))
  return `${clock(Math.floor(hundredths / 100) * 1000)}.${String(hundredths % 100).padStart(2, '0')}`
}

type Unit = 'hour' | 'minute' | 'second'
const unit = (n: number, name: Unit, locale: string, display: 'long' | 'short' | 'narrow') =>
  new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: display }).format(n)

/** A position the way it is said aloud: `1 hour 2 minutes 3 seconds`. */
export function spoken(ms: number, locale: string): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts: [number, Unit][] = [[Math.floor(seconds / 3600), 'hour'], [Math.floor(seconds / 60) % 60, 'minute'], [seconds % 60, 'second']]
  const said = parts.filter(([n]) => n > 0)
  return (said.length ? said : [[0, 'second'] as [number, Unit]]).map(([n, name]) => unit(n, name, locale, 'long')).join(' ')
}

/** How long a film is, to the minute; under a minute in seconds. */
export function runningTime(seconds: number, locale: string): string {
  if (seconds < 60) return unit(Math.round(seconds), 'second', locale, 'short')
  const minutes = Math.round(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const parts = hours > 0 ? [unit(hours, 'hour', locale, 'narrow')] : []
  if (minutes % 60 > 0 || hours === 0) parts.push(unit(minutes % 60, 'minute', locale, hours > 0 ? 'narrow' : 'short'))
  return parts.join(' ')
}

/** `minor_units` are the currency's smallest: cents of a euro, whole yen. */
export function money({ currency, minor_units }: { currency: string; minor_units: number }, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency })
  return format.format(minor_units / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

export const day = (at: string, locale: string): string => new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(new Date(at))

export const percent = (share: number, locale: string): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(Math.min(1, Math.max(0, share)))

export const number = (n: number, locale: string, digits = 0): string =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(n)

export const date = (at: string, locale: string): string => new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(new Date(at))
export const moment = (at: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at))

/** `3 minutes ago`, down to seconds. */
export function ago(at: string, now: number, locale: string): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000)
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]]
  const [name, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.trunc(seconds / size), name)
}

export function bytes(n: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
  const step = n > 0 ? Math.min(units.length - 1, Math.floor(Math.log10(n) / 3)) : 0
  return new Intl.NumberFormat(locale, { style: 'unit', unit: units[step] ?? 'byte', unitDisplay: 'short', maximumFractionDigits: 1 }).format(n / 1000 ** step)
}

/** A language named in the reader's language, capitalized where it stands alone; the tag itself when nobody knows it. */
export function languageName(tag: string, locale: string): string {
  try {
    const name = new Intl.DisplayNames(locale, { type: 'language' }).of(tag) ?? tag
    return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1)
  } catch {
    return tag
  }
}

/** What a track is called, wherever it is named: its label, unless that only repeats the tag. */
export const trackName = (track: { language: string; label: string | null }, locale: string): string =>
  track.label && track.label !== track.language ? track.label : languageName(track.language, locale)

export function countryName(code: string, locale: string): string {
  try {
    return new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code
  } catch {
    return code
  }
}
