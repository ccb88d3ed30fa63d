import { expect, test } from 'vitest'
import { actOf, amountOf, commandsOf, errorShare, lackOf, orderOf, toneOf, worstFirst, type Draft } from './software'

const draft = (more: Partial<Draft>): Draft => ({ build: 'b2', reason: ' faster ', soakGb: '2', soakMinutes: '30', ...more })

test('what is missing is named in the order of the form', () => {
  expect(lackOf(draft({ build: '', soakGb: '', reason: '' }))).toBe('build')
  expect(lackOf(draft({ soakGb: 'much', reason: '' }))).toBe('soakGb')
  expect(lackOf(draft({ soakMinutes: '-5' }))).toBe('soakMinutes')
  expect(lackOf(draft({ reason: ' ' }))).toBe('reason')
  expect(lackOf(draft({ soakGb: '0' }))).toBeNull()
})

test('what is ordered is in the units of the service, and serves one period at least', () => {
  expect(orderOf(draft({}))).toEqual({ build: 'b2', reason: 'faster', soak_bytes: 2_000_000_000, soak_blocks: 6 })
  expect(orderOf(draft({ soakGb: '0.5', soakMinutes: '0' }))).toMatchObject({ soak_bytes: 500_000_000, soak_blocks: 1 })
})

test('what cannot be done any more is not offered', () => {
  expect(commandsOf('running')).toEqual(['pause', 'abort'])
  expect(commandsOf('paused')).toEqual(['resume', 'abort'])
  expect(commandsOf('done')).toEqual(['abort'])
  expect(commandsOf('rolling back')).toEqual([])
  expect(commandsOf('rolled back')).toEqual([])
})

test('a failure shows, whatever the rest does', () => {
  expect(toneOf({ state: 'running', failed: 1 })).toBe('bad')
  expect(toneOf({ state: 'rolled back', failed: 0 })).toBe('bad')
  expect(toneOf({ state: 'done', failed: 0 })).toBe('good')
  expect(toneOf({ state: 'paused', failed: 0 })).toBe('busy')
})

test('who failed comes first, then who is on the way', () => {
  const member = (appliance_id: string, state: string, is_back = false) => ({ appliance_id, state, is_back })
  const shown = worstFirst([member('a', 'there'), member('b', 'there', true), member('d', 'draining'), member('c', 'ready'), member('z', 'failed')])
  expect(shown.map((each) => each.appliance_id)).toEqual(['z', 'c', 'd', 'b', 'a'])
})

test('nothing served has no share of errors', () => {
  expect(errorShare({ requests: 0, errors: 0 })).toBeNull()
  expect(errorShare({ requests: 200, errors: 3 })).toBe(0.015)
})

test('an amount is read as it is written in any of the languages', () => {
  expect(amountOf(' 0,5 ')).toBe(0.5)
  expect(amountOf('٣٠')).toBe(30)
  expect(amountOf('٢٫٥')).toBe(2.5)
  for (const text of ['', ' ', '-1', '1e9', '1,2,3', 'viel', '∞']) expect(amountOf(text)).toBeNull()
})

test('what was done is a word, and where it led', () => {
  expect(actOf('went on to tenth')).toEqual({ word: 'went on', stage: 'tenth' })
  expect(actOf('rolled back')).toEqual({ word: 'rolled back', stage: '' })
})
