import { describe, expect, test } from 'vitest'
import { ago, bytes, clock, languageName, percent, runningTime, spoken, timecode, trackName } from './format'
import { direction, pick } from './locale'

describe('a position', () => {
  test('shows hours only when there are any', () => {
    expect(clock(0)).toBe('0:00')
    expect(clock(65_999)).toBe('1:05')
    expect(clock(3_723_000)).toBe('1:02:03')
  })
  test('before the start is the start', () => expect(clock(-5)).toBe('0:00'))
  test('is said aloud without the parts that are zero', () => {
    expect(spoken(3_605_000, 'en')).toBe('1 hour 5 seconds')
    expect(spoken(0, 'en')).toBe('0 seconds')
    expect(spoken(61_000, 'es')).toBe('1 minuto 1 segundo')
  })
})

test('a place in a film is to the hundredth', () => {
  expect([0, 4.166667, 0.29, 59.999, 3600.5].map(timecode)).toEqual(['0:00.00', '0:04.17', '0:00.29', '1:00.00', '1:00:00.50'])
})

test('a running time is to the minute', () => {
  expect(runningTime(42, 'en')).toBe('42 sec')
  expect(runningTime(95, 'en')).toBe('2 min')
  expect(runningTime(5_400, 'en')).toBe('1h 30m')
  expect(runningTime(7_200, 'en')).toBe('2h')
})

test('a share stays between nothing and all', () => {
  expect(percent(0.434, 'en')).toBe('43%')
  expect(percent(1.2, 'en')).toBe('100%')
})

test('sizes step by a thousand', () => {
  expect(bytes(0, 'en')).toBe('0 byte')
  expect(bytes(1_500_000, 'en')).toBe('1.5 MB')
})

test('the past is told in its largest unit', () => {
  expect(ago('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:02:10Z'), 'en')).toBe('2 minutes ago')
})

test('a language is named in the language of the reader, an unknown one by its tag', () => {
  expect(languageName('ar', 'en')).toBe('Arabic')
  expect(languageName('en', 'es')).toBe('Inglés')
  expect(languageName('not a tag', 'en')).toBe('not a tag')
})

test('a track is called by its label, unless that says no more than the tag', () => {
  expect([{ language: 'en', label: 'en' }, { language: 'fr', label: 'Français' }, { language: 'ar', label: null }].map((track) => trackName(track, 'en'))).toEqual(['English', 'Français', 'Arabic'])
})

test('the first wish that can be granted is spoken, English otherwise', () => {
  expect(pick([null, 'fr-FR', 'ar-EG', 'es'])).toBe('ar')
  expect(pick(['tlh'])).toBe('en')
  expect(direction('ar')).toBe('rtl')
})

test('every language says everything English says, the console included', async () => {
  for (const folder of [import.meta.glob('./viewer/*.ts', { eager: true }), import.meta.glob('./console/*.ts', { eager: true })]) {
    const shapes = Object.entries(folder).map(([, module]) => shape((module as { default: object }).default))
    expect(shapes).toHaveLength(4)
    for (const other of shapes) expect(other).toEqual(shapes[0])
  }
})

const shape = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, shape(inner)])) : typeof value
