import { expect, test } from 'vitest'
import { lackOf, orderOf, shareOf, type Draft } from './purge'

const draft = (more: Partial<Draft>): Draft => ({ kind: 'title', title: 't', release: 'r', path: 'hd/v1/1.m4s', refetch: false, appliance: '', reason: ' bad ', ...more })

test('what is missing is named in the order of the form', () => {
  expect(lackOf(draft({ title: '', reason: '' }))).toBe('title')
  expect(lackOf(draft({ kind: 'release', release: '' }))).toBe('release')
  expect(lackOf(draft({ kind: 'file', path: ' ' }))).toBe('path')
  expect(lackOf(draft({ reason: ' ' }))).toBe('reason')
  expect(lackOf(draft({ release: '', path: '' }))).toBeNull()
})

test('no more is ordered than was asked for', () => {
  expect(orderOf(draft({}))).toEqual({ reason: 'bad', title_id: 't' })
  expect(orderOf(draft({ kind: 'release', refetch: true, appliance: 'a' }))).toEqual({ reason: 'bad', release_id: 'r' })
  expect(orderOf(draft({ kind: 'file', path: '/hd/v1/1.m4s', appliance: 'a' }))).toEqual({ reason: 'bad', release_id: 'r', path: 'hd/v1/1.m4s', refetch: false })
  expect(orderOf(draft({ kind: 'file', refetch: true, appliance: 'a' }))).toMatchObject({ refetch: true, appliance_id: 'a' })
  expect(orderOf(draft({ kind: 'file', refetch: true }))).not.toHaveProperty('appliance_id')
})

test('a purge that nobody has to carry out is done', () => {
  expect(shareOf({ acknowledged: 0, waiting: 0, fenced: 0 })).toBe(1)
  expect(shareOf({ acknowledged: 1, waiting: 2, fenced: 1 })).toBe(0.25)
})
