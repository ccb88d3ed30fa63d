// Bytes by what became of them, as an operator reads them: over all, by day, and by site, where most was missed first.
import type { Misses } from '../../api/types'

export const REASONS = ['content', 'health', 'other', 'unknown'] as const
export type Outcome = 'hit' | (typeof REASONS)[number]
export type Counts = Record<Outcome, number>

export interface Row {
  /** A day or a site; empty: a site that is not known. */
  name: string
  counts: Counts
  total: number
}

const NONE: Counts = { hit: 0, content: 0, health: 0, other: 0, unknown: 0 }

const added = (one: Counts, other: Counts): Counts =>
  ({ hit: one.hit + other.hit, content: one.content + other.content, health: one.health + other.health, other: one.other + other.other, unknown: one.unknown + other.unknown })

export const totalOf = (counts: Counts): number => counts.hit + counts.content + counts.health + counts.other + counts.unknown

/** What is known to have been missed. */
export const missedOf = (counts: Counts): number => counts.content + counts.health + counts.other

/** Of what is known of: of the rest nobody can say whether it was missed. */
export const hitShareOf = (counts: Counts): number | null => {
  const known = counts.hit + missedOf(counts)
  return known > 0 ? counts.hit / known : null
}

export const sumOf = (misses: Misses): Counts => misses.days.reduce<Counts>(added, NONE)

function gathered(misses: Misses, nameOf: (each: Misses['days'][number]) => string): Row[] {
  const found = new Map<string, Counts>()
  for (const each of misses.days) found.set(nameOf(each), added(found.get(nameOf(each)) ?? NONE, each))
  return [...found].map(([name, counts]) => ({ name, counts, total: totalOf(counts) })).filter((row) => row.total > 0)
}

export const daysOf = (misses: Misses): Row[] => gathered(misses, (each) => each.day).sort((a, b) => b.name.localeCompare(a.name))

export const sitesOf = (misses: Misses): Row[] =>
  gathered(misses, (each) => each.site).sort((a, b) => missedOf(b.counts) - missedOf(a.counts) || b.total - a.total || a.name.localeCompare(b.name))
