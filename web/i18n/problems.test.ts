import { describe, expect, test } from 'vitest'
import { Problem } from '../api/problem'
import { sentence } from './problems'
import ar from './viewer/ar'
import en from './viewer/en'
import es from './viewer/es'
import ja from './viewer/ja'

/** What `kernel.errors` makes of the names of the errors that a viewer can meet. */
const KINDS = [
  'too-many-streams', 'plan-inactive', 'nothing-for-this-device', 'session-ended', 'session-not-found', 'title-not-found', 'not-yet-playable', 'nowhere-to-play-from',
  'key-refused', 'ticket-refused', 'wrong-credentials', 'too-many-attempts', 'foreign-origin', 'overloaded', 'unexpected', 'not-signed-in', 'profile-not-found',
  'too-many-profiles', 'body-too-large', 'disk-full',
]

describe.each(Object.entries({ ar, es, ja }))('in %s', (_, words) => {
  test.each(KINDS)('%s has a sentence of its own language', (kind) => {
    const said = sentence(new Problem(kind, 403, 'The server says this in English.'), words)
    expect(said).not.toContain('English')
    expect(said).not.toBe(sentence(new Problem(kind, 403), en))
  })
})

test('why a stream was ended is said, not only that it was', () => {
  expect(sentence(new Problem('session-ended', 409, 'x', { reason: 'silent' }), en)).toBe(en.ended['silent'])
  expect(sentence(new Problem('session-ended', 409, 'x', { reason: 'new-reason' }), en)).toBe(en.problems['session-ended'])
})

test('a kind nobody translated says what the server says', () => {
  expect(sentence(new Problem('moon-is-full', 409, 'Wait for the new moon.'), en)).toBe('Wait for the new moon.')
  expect(sentence(new Problem('invalid-input', 400, 'name: is too long'), en)).toBe('name: is too long')
  expect(sentence(new Error('?'), en)).toBe(en.problems.unexpected)
})

test('why rights say no is said in the reader’s language, with the day it opens', () => {
  const refused = (members: Record<string, unknown>) => sentence(new Problem('not-shown-here', 404, 'x', members), en)
  expect(refused({ reason: 'territory', country: 'FR' })).toBe(en.rights.territory)
  expect(refused({ reason: 'territory', country: 'XX' })).toBe(en.rights.nowhere)
  expect(refused({ reason: 'territory', country: 'XX', suspicion: 'a VPN' })).toBe(en.rights.hidden)
  expect(refused({ reason: 'window', country: 'DE' })).toBe(en.rights.window)
  expect(refused({ reason: 'window', country: 'DE', available_from: '2026-05-03T12:00:00Z' })).toBe('Available from May 3, 2026')
  expect(refused({ reason: 'plan', country: 'DE' })).toBe(en.rights.plan)
})
