import { expect, test } from 'vitest'
import { genreName, rowWords } from './shelves'
import ar from './viewer/ar'
import en from './viewer/en'
import es from './viewer/es'
import ja from './viewer/ja'

const all = { en, ar, es, ja }

test.each(['continue', 'my-list', 'new'])('the row %s never shows its key, in any language', (id) => {
  for (const { shelves } of Object.values(all)) expect(rowWords({ id, title: 'row.x', reason: 'x' }, shelves).title).not.toMatch(/^row\./)
})

test('every language knows the same rows and genres', () => {
  for (const { shelves } of Object.values(all)) {
    expect(Object.keys(shelves.rows).sort()).toEqual(Object.keys(en.shelves.rows).sort())
    expect(Object.keys(shelves.genres).sort()).toEqual(Object.keys(en.shelves.genres).sort())
  }
})

test('a genre is translated where it is known, and named as it is where not', () => {
  expect(rowWords({ id: 'genre-family', title: 'Family', reason: 'Films of the genre family' }, es.shelves)).toEqual({ title: 'Familiar', reason: 'Títulos del género Familiar' })
  expect(rowWords({ id: 'genre-giallo', title: 'Giallo', reason: 'Films of the genre giallo' }, es.shelves)).toEqual({ title: 'Giallo', reason: 'Films of the genre giallo' })
  expect(genreName('Animation', ja.shelves)).toBe('アニメーション')
})
