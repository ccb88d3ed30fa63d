// The fleet as an operator reads it: who stands together, how each is, and what asks for attention.
import type { Appliance, CatalogTitle, Fill } from '../../api/types'

/** From so much on, steering sends nobody new. */
const FULL = 0.8
/** Shares and loads beyond this precision are noise of the last second. */
const WHOLE = 0.995

export type Standing = 'serving' | 'returning' | 'full' | 'fenced' | 'silent' | 'never'
const WORST: readonly Standing[] = ['fenced', 'silent', 'never', 'full', 'returning', 'serving']

export function standingOf(appliance: Pick<Appliance, 'healthy' | 'last_seen_at' | 'fenced' | 'load' | 'share'>): Standing {
  if (!appliance.last_seen_at) return 'never'
  if (appliance.fenced) return 'fenced'
  if (!appliance.healthy) return 'silent'
  if (appliance.load >= FULL) return 'full'
  return appliance.share < WHOLE ? 'returning' : 'serving'
}

export const toneOf = (standing: Standing): 'good' | 'busy' | 'bad' =>
  standing === 'serving' ? 'good' : standing === 'full' || standing === 'returning' ? 'busy' : 'bad'

export interface Site {
  key: string
  /** What its appliances call it; of one that stands alone, the appliance's name. */
  name: string
  spot: readonly [latitude: number, longitude: number] | null
  appliances: Appliance[]
  worst: Standing
}

/** Origins come last: they serve whom nobody else does. */
export function sitesOf(appliances: readonly Appliance[]): Site[] {
  const sites = new Map<string, Site>()
  for (const each of appliances) {
    const key = each.site && each.kind !== 'origin' ? `site ${each.site}` : `alone ${each.id}`
    const site = sites.get(key) ?? { key, name: each.site || each.id, spot: null, appliances: [], worst: 'serving' }
    sites.set(key, site)
    site.appliances.push(each)
    if (!site.spot && each.spot?.length === 2) site.spot = [each.spot[0]!, each.spot[1]!]
    const standing = standingOf(each)
    if (WORST.indexOf(standing) < WORST.indexOf(site.worst)) site.worst = standing
  }
  const isOrigin = (site: Site) => site.appliances.every((each) => each.kind === 'origin')
  // Who stands alone comes before the first site's heading: below one it would seem to belong there.
  const isSite = (site: Site) => site.key.startsWith('site ')
  return [...sites.values()].sort((a, b) => Number(isSite(a)) - Number(isSite(b)) || Number(isOrigin(a)) - Number(isOrigin(b)) || a.name.localeCompare(b.name))
}

export type Worry = { appliance: Appliance; what: 'fenced' | 'silent' | 'never' | 'full' | 'refused' } | { fill: Fill; what: 'failed' }

/** What a person should look at, the worst first. */
export function worriesOf(appliances: readonly Appliance[], fills: readonly Fill[]): Worry[] {
  const found: Worry[] = []
  for (const what of ['fenced', 'silent', 'never'] as const) for (const appliance of appliances) if (standingOf(appliance) === what) found.push({ appliance, what })
  for (const appliance of appliances) if (appliance.tombstones_refused > 0) found.push({ appliance, what: 'refused' })
  for (const fill of fills) if (fill.error) found.push({ fill, what: 'failed' })
  for (const appliance of appliances) if (standingOf(appliance) === 'full') found.push({ appliance, what: 'full' })
  return found
}

/** How much of what it may hold is taken; an appliance that names no limit has its disk. */
export function roomOf(appliance: Pick<Appliance, 'bytes_held' | 'bytes_free' | 'capacity_bytes'>): { taken: number; room: number } {
  const room = appliance.capacity_bytes || appliance.bytes_held + appliance.bytes_free
  return { taken: appliance.bytes_held, room: Math.max(room, appliance.bytes_held) }
}

export interface Held {
  name: string
  /** Of this title; several where an earlier one is kept too. */
  releases: number
}

/** What an appliance holds, by title. What the catalog does not know goes by its number. */
export function heldBy(releases: readonly string[], nameOf: (release: string) => string | null): Held[] {
  const found = new Map<string, Held>()
  for (const release of releases) {
    const name = nameOf(release) ?? shortOf(release)
    const before = found.get(name)
    if (before) before.releases += 1
    else found.set(name, { name, releases: 1 })
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name))
}

/** Enough of an id to tell it from others: those made close together begin alike. */
export const shortOf = (id: string): string => `…${id.slice(-8)}`

/** What goes with a title: its trailers are titles of their own, and stay. */
export const releasesOf = (titles: readonly CatalogTitle[], id: string): CatalogTitle['releases'] => titles.find((title) => title.id === id)?.releases ?? []
