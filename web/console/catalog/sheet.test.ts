import { expect, test } from 'vitest'
import type { Sheet } from '../../api/types'
import { changeOf, listed, nameOf } from './sheet'

const sheet: Sheet = {
  id: 'a', type: 'movie', original_language: 'en', words: { en: { name: 'Harbor', synopsis: '' }, es: { name: 'Puerto', synopsis: '' } }, external_id: '', series: '',
  season: null, episode: null, year: 1999, rating: 'PG', marks: {}, genres: ['drama'], tags: [], aliases: [], credits: [],
}

test('only what is different is said, and what is taken away is said to be empty', () => {
  expect(changeOf(sheet, structuredClone(sheet))).toEqual({})
  const { es: _gone, ...words } = sheet.words
  expect(changeOf(sheet, { ...sheet, year: null, tags: ['calm'], words: { ...words, ja: { name: '港', synopsis: '' } } })).toEqual({
    tags: ['calm'], clear: ['year'], words: { es: { name: '', synopsis: '' }, ja: { name: '港', synopsis: '' } },
  })
})

test('a title is called by its name in the reader’s language, else in its own', () => {
  expect([nameOf(sheet, 'es'), nameOf(sheet, 'ja'), nameOf({ ...sheet, words: {} }, 'ja')]).toEqual(['Puerto', 'Harbor', ''])
})

test('a list is parted by the comma of any of our languages', () => {
  expect(listed(' a, b،c、 ,d')).toEqual(['a', 'b', 'c', 'd'])
})
