// How the making of a title stands, from what the catalog and the queue say of it.
import type { CatalogTitle, Version } from '../../api/types'

export interface Making {
  /** The catalog's state; for a title that it waits for, also that the making failed, or that nobody is making it. */
  readonly state: string
  /** What failed, where nothing is under way that could mend it. */
  readonly failed: Version | null
}

/** The queue must have been asked first: what left it since then is what the catalog knows. */
export function makingOf(title: Pick<CatalogTitle, 'id' | 'state' | 'releases'>, queue: readonly Version[]): Making {
  const ours = queue.filter((version) => version.title_id === title.id)
  const isUnderWay = ours.some((version) => version.state !== 'failed' && version.state !== 'ready')
  const failed = isUnderWay ? null : (ours.find((version) => version.state === 'failed') ?? null)
  const isAwaited = title.state === 'preparing' && title.releases.length === 0
  if (!isAwaited || isUnderWay) return { state: title.state, failed }
  return { state: failed ? 'failed' : 'idle', failed }
}
