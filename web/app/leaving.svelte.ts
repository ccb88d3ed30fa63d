// When titles that are on screen leave: asked for once for many, and shown on their cards.
import type { Item, RightsDates, TitleId } from '../api/types'
import { service, speaker } from './service'

const PAUSE_MS = 50
const AT_ONCE = 100
const AGAIN_MS = 10 * 60_000

class LeavingDates {
  #known = $state.raw<ReadonlyMap<TitleId, RightsDates>>(new Map())
  #asked = new Map<TitleId, number>()
  #waiting = new Set<TitleId>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #for: string | null = null

  /** When it leaves, where that is soon. */
  of = (id: TitleId): string | null => this.#known.get(id)?.leaving_at ?? null

  /** A card is on screen. Without an answer it merely says less. */
  want(item: Item): void {
    if (this.#for !== speaker.profileId) {
      this.#for = speaker.profileId
      this.#asked.clear()
      this.#known = new Map()
    }
    const asked = this.#asked.get(item.id)
    if (asked !== undefined && performance.now() - asked < AGAIN_MS) return
    this.#asked.set(item.id, performance.now())
    this.#waiting.add(item.id)
    this.#timer ??= setTimeout(() => void this.#ask(), PAUSE_MS)
  }

  async #ask(): Promise<void> {
    this.#timer = undefined
    const ids = [...this.#waiting]
    this.#waiting.clear()
    for (let n = 0; n < ids.length; n += AT_ONCE) {
      const found = await service.discovery.leaving(ids.slice(n, n + AT_ONCE)).catch(() => [])
      this.#known = new Map([...this.#known, ...found.map((each) => [each.title_id, each] as const)])
    }
  }
}

export const leavingDates = new LeavingDates()
