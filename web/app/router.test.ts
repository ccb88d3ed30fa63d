import { expect, test } from 'vitest'
import { match } from './router'

const routes = [{ path: '/' }, { path: '/title/:id' }, { path: '/watch/:id' }, { path: '/my-list' }] as const
const at = (path: string) => match(routes, new URL(path, 'http://matinee.test'))

test('the root is the first page', () => expect(at('/')?.route.path).toBe('/'))

test('a parameter takes one segment and is decoded', () => {
  expect(at('/title/a%20b')?.params).toEqual({ id: 'a b' })
})

test('a query does not take part in matching and stays readable', () => {
  const found = at('/watch/7?manifest=hls')
  expect(found?.route.path).toBe('/watch/:id')
  expect(found?.url.searchParams.get('manifest')).toBe('hls')
})

test('a trailing slash is forgiven', () => expect(at('/my-list/')?.route.path).toBe('/my-list'))

test('an unknown, longer or malformed path is no page', () => {
  expect(at('/nowhere')).toBeNull()
  expect(at('/title/1/2')).toBeNull()
  expect(at('/title/%E0%A4%A')).toBeNull()
})
