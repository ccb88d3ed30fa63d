// What the catalog calls a title is what an operator looks for; until it knows one, the name its maker wrote.
// Asked for again only when an unknown id appears.
import type { TitleId, Version } from '../../api/types'
import { service } from '../service'

export interface NamedVersion {
  version: Version
  name: string
}

const known = new Map<TitleId, string>()

export async function named(versions: Version[]): Promise<NamedVersion[]> {
  if (versions.some((version) => !known.has(version.title_id)))
    for (const title of await service.operations.titles()) known.set(title.id, title.name)
  return versions.map((version) => ({ version, name: known.get(version.title_id) ?? version.name }))
}
