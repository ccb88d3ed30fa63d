import { expect, test } from 'vitest'
import { daysOf, hitShareOf, sitesOf, sumOf } from './misses'

const day = (day: string, site: string, counts: Partial<Record<'hit' | 'content' | 'health' | 'other' | 'unknown', number>>) =>
  ({ day, site, hit: 0, content: 0, health: 0, other: 0, unknown: 0, ...counts })
const MISSES = { days: [
  day('2026-11-22', 'lisbon', { hit: 900, content: 50 }), day('2026-11-22', 'porto', { hit: 100, health: 200 }),
  day('2026-11-21', 'lisbon', { hit: 50, other: 10 }), day('2026-11-21', '', { unknown: 40 }), day('2026-11-20', 'faro', {}),
] }

test('all of it is summed, and what nobody can say anything of counts neither way', () => {
  const sum = sumOf(MISSES)
  expect(sum).toEqual({ hit: 1_050, content: 50, health: 200, other: 10, unknown: 40 })
  expect(hitShareOf(sum)).toBeCloseTo(1_050 / 1_310)
  expect(hitShareOf({ ...sum, hit: 0, content: 0, health: 0, other: 0 })).toBeNull()
})

test('the newest day is first, and a day without a byte is none', () => {
  expect(daysOf(MISSES).map((row) => [row.name, row.total])).toEqual([['2026-11-22', 1_250], ['2026-11-21', 100]])
})

test('the site that missed most is first', () => {
  expect(sitesOf(MISSES).map((row) => row.name)).toEqual(['porto', 'lisbon', ''])
})
