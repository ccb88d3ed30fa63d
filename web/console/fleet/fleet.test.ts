import { expect, test } from 'vitest'
import type { Appliance, Fill } from '../../api/types'
import { heldBy, roomOf, shortOf, sitesOf, standingOf, worriesOf } from './fleet'

const appliance = (id: string, more: Partial<Appliance> = {}) =>
  ({ id, kind: 'flash', site: '', spot: null, healthy: true, last_seen_at: '2026-01-01T00:00:00Z', fenced: '', load: 0.1, share: 1, tombstones_refused: 0, ...more }) as Appliance
const fill = (more: Partial<Fill>) => ({ appliance_id: 'a', release_id: 'r', state: 'running', error: '', ...more }) as Fill

test('how an appliance is has one name, the worst that is true', () => {
  expect(standingOf(appliance('a'))).toBe('serving')
  expect(standingOf(appliance('a', { share: 0.4 }))).toBe('returning')
  expect(standingOf(appliance('a', { share: 0.4, load: 0.8 }))).toBe('full')
  expect(standingOf(appliance('a', { healthy: false }))).toBe('silent')
  expect(standingOf(appliance('a', { healthy: false, fenced: 'Purge 4 is not acknowledged.' }))).toBe('fenced')
  expect(standingOf(appliance('a', { healthy: false, last_seen_at: null }))).toBe('never')
})

test('appliances that name the same site stand together, and the site is as its worst one', () => {
  const [porto, lisbon] = sitesOf([appliance('l-2', { site: 'lisbon', healthy: false }), appliance('porto'), appliance('l-1', { site: 'lisbon', spot: [38.7, -9.1] })])
  expect([lisbon?.name, lisbon?.appliances.length, lisbon?.worst, lisbon?.spot]).toEqual(['lisbon', 2, 'silent', [38.7, -9.1]])
  expect([porto?.name, porto?.worst, porto?.spot]).toEqual(['porto', 'serving', null])
})

test('an appliance that is called as a site is not in it, and who stands alone comes before the sites, origins last', () => {
  const sites = sitesOf([appliance('alpha', { kind: 'origin' }), appliance('lisbon'), appliance('l-1', { site: 'lisbon' })])
  expect(sites.map((site) => site.appliances.map((each) => each.id))).toEqual([['lisbon'], ['alpha'], ['l-1']])
})

test('what asks for attention is named, the worst first, and nothing else is', () => {
  const found = worriesOf(
    [appliance('well'), appliance('full', { load: 0.9 }), appliance('silent', { healthy: false }), appliance('fenced', { fenced: 'why' }), appliance('doubts', { tombstones_refused: 1 })],
    [fill({}), fill({ state: 'failed', error: 'The disk is full.' }), fill({ state: 'waiting' })],
  )
  expect(found.map((worry) => worry.what)).toEqual(['fenced', 'silent', 'refused', 'failed', 'full'])
  expect(worriesOf([appliance('well'), appliance('back', { share: 0.2 })], [fill({})])).toEqual([])
})

test('room is what it says it may hold, else its disk, and never less than what it holds', () => {
  expect(roomOf({ bytes_held: 3, bytes_free: 7, capacity_bytes: 0 })).toEqual({ taken: 3, room: 10 })
  expect(roomOf({ bytes_held: 3, bytes_free: 7, capacity_bytes: 5 })).toEqual({ taken: 3, room: 5 })
  expect(roomOf({ bytes_held: 9, bytes_free: 7, capacity_bytes: 5 })).toEqual({ taken: 9, room: 9 })
})

test('what is held is named by title, and by number where the catalog knows none', () => {
  const names: Record<string, string> = { r1: 'Boat', r2: 'Boat', r3: 'Ash' }
  expect(heldBy(['r1', 'r2', 'r3', '0190-12345678'], (release) => names[release] ?? null)).toEqual([
    { name: '…12345678', releases: 1 }, { name: 'Ash', releases: 1 }, { name: 'Boat', releases: 2 },
  ])
  expect(shortOf('0190-12345678')).toBe('…12345678')
})
