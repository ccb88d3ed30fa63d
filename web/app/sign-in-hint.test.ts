import { expect, test } from 'vitest'
import { hintSignedIn, mayBeSignedIn } from './sign-in-hint'

function storage(kept: Record<string, string> = {}) {
  const items = new Map(Object.entries(kept))
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  }
}

test('a stranger is not asked about, someone who signed in is', () => {
  const store = storage()
  expect(mayBeSignedIn(store)).toBe(false)
  hintSignedIn(true, store)
  expect(mayBeSignedIn(store)).toBe(true)
  hintSignedIn(false, store)
  expect(mayBeSignedIn(store)).toBe(false)
})

test('a profile kept from before the hint was there says the same', () => {
  const store = storage({ 'matinee:profile': 'p1' })
  expect(mayBeSignedIn(store)).toBe(true)
  hintSignedIn(false, store)
  expect(mayBeSignedIn(store)).toBe(false)
})
