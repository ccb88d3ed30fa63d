import { expect, test } from 'vitest'
import { profileCookie } from './profile-cookie'

test('the profile watching is kept for the whole site, and only over TLS where there is TLS', () => {
  expect(profileCookie('p1', false)).toBe('matinee-profile=p1; path=/; samesite=lax')
  expect(profileCookie('p1', true)).toBe('matinee-profile=p1; path=/; samesite=lax; secure')
})

test('nobody watching takes it out', () => expect(profileCookie(null, false)).toContain('max-age=0'))
