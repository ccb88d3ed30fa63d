import { expect, test } from 'vitest'
import { countries, likelyCountry } from './countries'

test('countries are listed once, in the order of the language', () => {
  const listed = countries('en')
  expect(new Set(listed).size).toBe(listed.length)
  expect(listed).toEqual(expect.arrayContaining(['DE', 'JP', 'SA', 'MX', 'US']))
  expect(listed).not.toContain('ZZ')
  expect(listed.indexOf('DE')).toBeLessThan(listed.indexOf('US'))
  expect(countries('es').indexOf('DE')).toBeLessThan(countries('es').indexOf('JP'))
})

test('the likely country is that of the first language which names one', () => {
  expect(likelyCountry(['en', 'de-AT'])).toBe('AT')
  expect(likelyCountry(['es-419'])).toBe('US')
  expect(likelyCountry([])).toBe('US')
})
