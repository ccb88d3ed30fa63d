import { expect, test } from 'vitest'
import type { Heat } from '../../api/types'
import { digitsOf, rowsOf, totalOf, trendOf } from './heat'

type Warmth = Heat['releases'][number]
const warmth = (id: string, more: Partial<Warmth> = {}) =>
  ({ release_id: id, title_id: `t-${id}`, bytes: 0, playings_a_day: 0, forecast: 0, size_bytes: 1, held: { count: 0, appliances: [] }, ...more }) as Warmth
const heat = (releases: Warmth[], more: Partial<Heat> = {}) => ({ site: '', days: 7, night: '2026-11-20', sites: [], releases, ...more }) as Heat

test('bars are drawn against the hottest, and against nothing where nothing was streamed', () => {
  expect(rowsOf(heat([warmth('a', { bytes: 80 }), warmth('b', { bytes: 20 })])).map((row) => row.share)).toEqual([1, 0.25])
  expect(rowsOf(heat([warmth('a')])).map((row) => row.share)).toEqual([0])
  expect(rowsOf(heat([]))).toEqual([])
})

test('what is watched and held by nobody near is missed; what nobody watches is not', () => {
  const rows = rowsOf(heat([warmth('far', { bytes: 5 }), warmth('near', { bytes: 5, held: { count: 3, appliances: ['a', 'b'] } }), warmth('unwatched')]))
  expect(rows.map((row) => row.isMissed)).toEqual([true, false, false])
  expect(rows.map((row) => row.more)).toEqual([0, 1, 0])
})

test('a title rises or falls only when it does so by much, and never before a night has passed', () => {
  expect([trendOf(10, 13), trendOf(10, 12), trendOf(10, 9), trendOf(10, 7)]).toEqual(['rises', null, null, 'falls'])
  expect([trendOf(0, 5), trendOf(5, 0), trendOf(0, 0), trendOf(0, 0.01)]).toEqual(['rises', 'falls', null, null])
  const row = warmth('a', { playings_a_day: 1, forecast: 9 })
  expect([rowsOf(heat([row]))[0]?.trend, rowsOf(heat([row], { night: '' }))[0]?.trend]).toEqual(['rises', null])
})

test('the sum is that of the site that is looked at, or of all', () => {
  const sites = [{ site: 'lisbon', bytes: 3, playings_a_day: 1 }, { site: 'porto', bytes: 4, playings_a_day: 1 }]
  expect(totalOf(heat([], { sites }))).toBe(7)
  expect(totalOf(heat([], { sites, site: 'porto' }))).toBe(4)
})

test('few playings are told to a tenth', () => {
  expect([digitsOf(0), digitsOf(0.3), digitsOf(9.9), digitsOf(10)]).toEqual([0, 1, 1, 0])
})
