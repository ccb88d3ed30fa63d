// What the catalog calls what appliances hold. Asked for again only when something unknown appears, and not all the time:
// what was deleted stays unknown.
import type { CatalogTitle } from '../../api/types'
import { service } from '../service'
import { fullName } from '../version/names'

const AGAIN_MS = 10_000

export class Names {
  readonly titles: readonly CatalogTitle[]
  readonly #byTitle: ReadonlyMap<string, string>
  readonly #byRelease: ReadonlyMap<string, string>

  constructor(titles: readonly CatalogTitle[]) {
    this.titles = titles
    this.#byTitle = new Map(titles.map((title) => [title.id, fullName(titles, title)]))
    this.#byRelease = new Map(titles.flatMap((title) => title.releases.map((release) => [release.id, this.#byTitle.get(title.id) ?? title.name] as const)))
  }

  ofTitle = (id: string): string | null => this.#byTitle.get(id) ?? null
  ofRelease = (id: string): string | null => this.#byRelease.get(id) ?? null
}

let known = new Names([])
let askedAt = -AGAIN_MS

/** The names, with those of these titles and releases if the catalog knows them. */
export async function names(wanted: { titles?: readonly string[]; releases?: readonly string[] } = {}): Promise<Names> {
  const isKnown = (wanted.titles ?? []).every(known.ofTitle) && (wanted.releases ?? []).every(known.ofRelease)
  if (isKnown && known.titles.length > 0) return known
  if (performance.now() - askedAt < AGAIN_MS && known.titles.length > 0) return known
  askedAt = performance.now()
  known = new Names(await service.operations.titles())
  return known
}
