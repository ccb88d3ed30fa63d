// A sheet as the editor holds it, and what has to be said to the service of what became of it.
import type { Sheet, SheetChange } from '../../api/types'

export const nameOf = (sheet: Pick<Sheet, 'words' | 'original_language'>, language: string): string =>
  (sheet.words[language] ?? sheet.words[sheet.original_language] ?? Object.values(sheet.words)[0])?.name ?? ''

const PLAIN = ['original_language', 'external_id', 'season', 'episode', 'year', 'rating', 'marks', 'genres', 'tags', 'aliases', 'credits', 'type'] as const
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Only what is different: what somebody else wrote meanwhile in other fields is refused by its version all the same. */
export function changeOf(before: Sheet, after: Sheet): SheetChange {
  const change: Record<string, unknown> = {}
  for (const field of PLAIN) if (!isSame(before[field], after[field])) change[field] = after[field]
  if ('year' in change && change['year'] === null) {
    delete change['year']
    change['clear'] = ['year']
  }
  const words: Record<string, { name: string; synopsis: string }> = {}
  for (const [code, said] of Object.entries(after.words)) if (!isSame(before.words[code], said)) words[code] = said
  for (const code of Object.keys(before.words)) if (!(code in after.words)) words[code] = { name: '', synopsis: '' }
  if (Object.keys(words).length > 0) change['words'] = words
  return change as SheetChange
}

export const listed = (text: string): string[] => text.split(/[,،、]/).map((each) => each.trim()).filter(Boolean)
