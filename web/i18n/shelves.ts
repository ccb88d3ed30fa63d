// Rows and genres in the viewer's words. Rows and genres the catalogue does not know keep the service's own.
import type { HomeRow } from '../api/types'
import type { ViewerMessages } from './viewer/en'

type Words = ViewerMessages['shelves']

export interface RowWords {
  title: string
  reason: string
}

const GENRE_ROW = 'genre-'

export function rowWords(row: Pick<HomeRow, 'id' | 'title' | 'reason'>, words: Words): RowWords {
  const known = words.rows[row.id]
  if (known) return known
  const genre = row.id.startsWith(GENRE_ROW) ? row.id.slice(GENRE_ROW.length) : null
  const named = genre !== null ? words.genres[genre] : undefined
  if (named) return { title: named, reason: words.genreReason(named) }
  return { title: row.title, reason: row.reason }
}

export const genreName = (genre: string, words: Words): string => words.genres[genre.toLowerCase()] ?? genre
