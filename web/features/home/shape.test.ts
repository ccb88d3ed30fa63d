import { expect, test } from 'vitest'
import { shapeOf } from './shape'

test('only the rows that are named show posters, whatever a genre is called', () => {
  expect(['top', 'poster-new'].map(shapeOf)).toEqual(['tall', 'tall'])
  expect(['genre-stop-motion', 'genre-poster art', 'new', 'continue'].map(shapeOf)).toEqual(['wide', 'wide', 'wide', 'wide'])
})
