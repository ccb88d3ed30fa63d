import { beforeEach, expect, test, vi } from 'vitest'
import { clearSearches, keepSearch, recentSearches } from './recent'

const kept = new Map<string, string>()
beforeEach(() => {
  kept.clear()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  })
})

test('the last search comes first, once, and of one profile only', () => {
  keepSearch('ada', 'boat')
  keepSearch('ada', 'river')
  keepSearch('ada', 'Boat')
  expect(recentSearches('ada')).toEqual(['Boat', 'river'])
  expect(recentSearches('ben')).toEqual([])
  clearSearches('ada')
  expect(kept.size).toBe(0)
})

test('eight are kept, and what something else wrote is no search', () => {
  for (let n = 0; n < 12; n++) keepSearch('ada', `film ${n}`)
  expect(recentSearches('ada')).toHaveLength(8)
  kept.set('matinee:searches:ada', '{"x":1}')
  expect(recentSearches('ada')).toEqual([])
})
