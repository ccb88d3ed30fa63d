import { expect, test } from 'vitest'
import type { CatalogTitle, Version } from '../../api/types'
import { makingOf } from './making'

const title = (state: string, ...releases: string[]) => ({ id: 't', state, releases: releases.map((id) => ({ id }) as CatalogTitle['releases'][number]) })
const version = (state: Version['state'], title_id = 't') => ({ title_id, state, error: state === 'failed' ? 'No picture.' : null }) as Version

test('a title whose making failed says so, with what failed', () => {
  const failed = version('failed')
  expect(makingOf(title('preparing'), [version('running', 'other'), failed])).toEqual({ state: 'failed', failed })
})

test('what is tried again is being prepared, paused or not', () => {
  for (const state of ['waiting', 'running', 'paused'] as const) expect(makingOf(title('preparing'), [version(state), version('failed')])).toEqual({ state: 'preparing', failed: null })
})

test('what nobody makes is not called preparing', () => {
  expect(makingOf(title('preparing'), [version('running', 'other')]).state).toBe('idle')
  expect(makingOf(title('preparing', 'r1'), []).state).toBe('preparing') // made, and on its way to the appliances
})

test('what is out stays out when the next release of it fails', () => {
  const failed = version('failed')
  expect(makingOf(title('available', 'r1'), [failed])).toEqual({ state: 'available', failed })
})
