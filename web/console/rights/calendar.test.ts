import { describe, expect, it } from 'vitest'
import { draftOf, endedNow, lacking, lying, months, newDraft, windowOf } from './calendar'

const span = { since: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 0, 11) }

describe('where a window lies in the calendar', () => {
  it('is in hundredths of what is shown', () => {
    expect(lying('2026-01-03T00:00:00Z', '2026-01-06T00:00:00Z', span)).toEqual({ start: 20, width: 30, isBegun: false, isOpenEnded: false })
  })
  it('is cut where one sees no farther, and says so', () => {
    expect(lying(null, '2026-01-06T00:00:00Z', span)).toEqual({ start: 0, width: 50, isBegun: true, isOpenEnded: false })
    expect(lying('2026-01-06T00:00:00Z', null, span)).toEqual({ start: 50, width: 50, isBegun: false, isOpenEnded: true })
  })
  it('is nowhere for what is over, still to come, or empty', () => {
    expect(lying(null, '2026-01-01T00:00:00Z', span)).toBeNull()
    expect(lying('2026-01-11T00:00:00Z', null, span)).toBeNull()
    expect(lying('2026-01-05T00:00:00Z', '2026-01-05T00:00:00Z', span)).toBeNull()
  })
  it('has the months that begin within', () => {
    const year = { since: Date.UTC(2025, 10, 15), until: Date.UTC(2026, 1, 15) }
    expect(months(year, 'en').map((each) => each.name)).toEqual(['Dec 25', 'Jan 26', 'Feb 26'])
  })
})

describe('a window in a form', () => {
  const window = { country: 'DE', start: '2026-05-03T10:30:00Z', end: null, start_on: null, end_on: '2026-06-01', zone: 'Europe/Berlin', plan_rank: 2, offline: false, license: 'C-7' }
  it('goes back as it came', () => {
    expect(windowOf(draftOf(window))).toEqual({ ...window, start: '2026-05-03T10:30:00.000Z' })
  })
  it('keeps seconds that were meant', () => {
    expect(windowOf(draftOf({ ...window, start: '2026-05-03T10:30:15Z' })).start).toBe('2026-05-03T10:30:15.000Z')
  })
  it('has no zone without a local day', () => {
    expect(windowOf({ ...newDraft(), zone: 'Europe/Berlin' }).zone).toBeNull()
  })
  it('says what it lacks', () => {
    expect(lacking(newDraft())).toBeNull()
    expect(lacking({ ...newDraft(), country: 'Germany' })).toBe('country')
    expect(lacking({ ...newDraft(), startWay: 'day' })).toBe('start')
    expect(lacking({ ...newDraft(), endWay: 'instant' })).toBe('end')
    expect(lacking({ ...newDraft(), planRank: 'gold' })).toBe('planRank')
  })
  it('can end now', () => {
    expect(windowOf(endedNow(newDraft(), Date.UTC(2026, 0, 5, 12, 0, 7))).end).toBe('2026-01-05T12:00:07.000Z')
  })
})
