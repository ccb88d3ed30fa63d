import { describe, expect, it } from 'vitest'
import { money } from '../../i18n/format'
import { pretendToken } from './pretend'

describe('the pretended card', () => {
  it('is known however it is typed', () => {
    expect(pretendToken('4242 4242-42424242')).toBe('pretend_good')
    expect(pretendToken('4000000000000002')).toBe('pretend_declined')
  })
  it('never leaves as a number', () => {
    expect(pretendToken('5555 5555 5555 4444')).toBe('pretend_refused')
  })
})

describe('money', () => {
  it('has as many places as its currency', () => {
    expect(money({ currency: 'EUR', minor_units: 999 }, 'en')).toBe('€9.99')
    expect(money({ currency: 'JPY', minor_units: 1390 }, 'en')).toBe('¥1,390')
    expect(money({ currency: 'EUR', minor_units: -5 }, 'en')).toBe('-€0.05')
  })
})
