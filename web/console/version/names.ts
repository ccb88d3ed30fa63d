// What the catalog calls a title is what an operator looks for; until it knows one, the name its maker wrote.
// Asked for again only when an unknown id appears.
import type { CatalogTitle, TitleId, Version } from '../../api/types'
import { words } from '../../i18n/console'
import { service } from '../service'

export interface NamedVersion {
  version: Version
  name: string
}

let known: CatalogTitle[] = []

export async function named(versions: Version[]): Promise<NamedVersion[]> {
  const isKnown = (id: TitleId) => known.some((title) => title.id === id)
  if (!versions.every((version) => isKnown(version.title_id))) known = await service.operations.titles()
  return versions.map((version) => {
    const title = known.find((each) => each.id === version.title_id)
    return { version, name: title ? fullName(known, title) : version.name }
  })
}

/** A trailer's own name does not say whose it is, and its film's not that it is a trailer. */
export function fullName(titles: readonly CatalogTitle[], title: CatalogTitle): string {
  const film = titles.find((each) => each.id === title.belongs_to)
  if (!film) return title.name
  return `${film.name}: ${title.name === film.name ? words.m.titles.trailer : title.name}`
}
