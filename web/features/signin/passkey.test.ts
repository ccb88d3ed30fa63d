import { expect, test } from 'vitest'
import { passkeyPlace } from './passkey'

test('passkeys are offered at the name of the service and led to from anywhere else', () => {
  const ways = { passkeys_url: 'http://localhost:8400' }
  expect(passkeyPlace(ways, 'http://localhost:8400', true)).toBe('here')
  expect(passkeyPlace(ways, 'http://127.0.0.1:8400', true)).toBe('elsewhere')
  expect(passkeyPlace(ways, 'http://localhost:8400', false)).toBe('nowhere')
  expect(passkeyPlace({ passkeys_url: '' }, 'http://192.0.2.7:8400', true)).toBe('nowhere')
})
