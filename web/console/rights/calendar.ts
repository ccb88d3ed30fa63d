// Where in a span of time something lies, what a form says of a window, and how a window is written back.
import type { RightsWindow } from '../../api/types'

export interface Span { readonly since: number; readonly until: number }
export interface Lying { readonly start: number; readonly width: number; readonly isBegun: boolean; readonly isOpenEnded: boolean }

const share = (at: number, { since, until }: Span): number => ((at - since) / (until - since)) * 100

/** In hundredths of the span; null where it lies outside. A bound that is missing is as far as one sees. */
export function lying(start: string | null, end: string | null, span: Span): Lying | null {
  const [from, to] = [start === null ? -Infinity : Date.parse(start), end === null ? Infinity : Date.parse(end)]
  if (to <= from || to <= span.since || from >= span.until) return null
  const left = Math.max(0, share(Math.max(from, span.since), span))
  const right = Math.min(100, share(Math.min(to, span.until), span))
  return { start: left, width: right - left, isBegun: from < span.since, isOpenEnded: to > span.until }
}

/** The first of each month within, with where it lies. */
export function months(span: Span, locale: string): { at: number; name: string }[] {
  const name = new Intl.DateTimeFormat(locale, { month: 'short', year: '2-digit', timeZone: 'UTC' })
  const first = new Date(span.since)
  const found: { at: number; name: string }[] = []
  for (let n = 1; n < 400; n += 1) {
    const at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + n, 1)
    if (at >= span.until) break
    found.push({ at: share(at, span), name: name.format(at) })
  }
  return found
}

export type Way = 'none' | 'instant' | 'day'

/** A window as a form holds it: all of it text. */
export interface Draft {
  country: string
  startWay: Way
  start: string
  endWay: Way
  end: string
  zone: string
  planRank: string
  isOffline: boolean
  license: string
}

/** Instants are edited in UTC, to the minute; a second that was meant is kept as long as nobody touches the field. */
const typed = (instant: string): string => new Date(instant).toISOString().slice(0, 19).replace(/:00$/, '')

export function draftOf(window: RightsWindow): Draft {
  const side = (instant: string | null, day: string | null): [Way, string] => (day !== null ? ['day', day] : instant !== null ? ['instant', typed(instant)] : ['none', ''])
  const [startWay, start] = side(window.start, window.start_on)
  const [endWay, end] = side(window.end, window.end_on)
  return { country: window.country, startWay, start, endWay, end, zone: window.zone ?? '', planRank: String(window.plan_rank), isOffline: window.offline, license: window.license ?? '' }
}

export const newDraft = (): Draft => ({ country: '*', startWay: 'none', start: '', endWay: 'none', end: '', zone: '', planRank: '0', isOffline: true, license: '' })

/** What lacks before a window can be sent, by the field's name. */
export function lacking(draft: Draft): 'country' | 'start' | 'end' | 'planRank' | null {
  if (!/^(\*|[A-Za-z]{2})$/.test(draft.country.trim())) return 'country'
  if (draft.startWay !== 'none' && !draft.start) return 'start'
  if (draft.endWay !== 'none' && !draft.end) return 'end'
  return /^\d{1,3}$/.test(String(draft.planRank).trim()) ? null : 'planRank'
}

export function windowOf(draft: Draft): RightsWindow {
  const instant = (way: Way, text: string): string | null => (way === 'instant' ? new Date(`${text}Z`).toISOString() : null)
  const day = (way: Way, text: string): string | null => (way === 'day' ? text : null)
  const isLocal = draft.startWay === 'day' || draft.endWay === 'day'
  return {
    country: draft.country.trim().toUpperCase(),
    start: instant(draft.startWay, draft.start),
    end: instant(draft.endWay, draft.end),
    start_on: day(draft.startWay, draft.start),
    end_on: day(draft.endWay, draft.end),
    zone: isLocal ? draft.zone.trim() || null : null,
    plan_rank: Number(draft.planRank),
    offline: draft.isOffline,
    license: draft.license || null,
  }
}

/** It ends now: what the shortest way to take a film away does. */
export const endedNow = (draft: Draft, now: number): Draft => ({ ...draft, endWay: 'instant', end: new Date(now).toISOString().slice(0, 19) })
