import { expect, test } from 'vitest'
import { LicenseToken, TOKEN_AGE_MS_MAX } from './license-token'

function door() {
  const state = { now: 0, asked: 0, open: true }
  const token = new LicenseToken('t0', async () => {
    state.asked += 1
    if (!state.open) throw new Error('closed')
    return `t${state.asked}`
  }, () => state.now)
  return { state, token }
}

test('a young token is shown as it is', async () => {
  const { state, token } = door()
  state.now = TOKEN_AGE_MS_MAX
  expect(await token.current()).toBe('t0')
  expect(state.asked).toBe(0)
})

test('an old one is renewed once, however many ask at the same time', async () => {
  const { state, token } = door()
  state.now = TOKEN_AGE_MS_MAX + 1
  expect(await Promise.all([token.current(), token.current(), token.current()])).toEqual(['t1', 't1', 't1'])
  expect(await token.current()).toBe('t1')
  expect(state.asked).toBe(1)
})

test('where renewing fails the old one is shown, and asked for again the next time', async () => {
  const { state, token } = door()
  state.now = TOKEN_AGE_MS_MAX + 1
  state.open = false
  expect(await token.current()).toBe('t0')
  state.open = true
  expect(await token.current()).toBe('t2')
})
