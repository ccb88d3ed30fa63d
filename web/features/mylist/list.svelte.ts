// My List of the profile watching: shown changed at once, taken back when the service says no.
import { SvelteSet } from 'svelte/reactivity'
import type { Item, TitleId } from '../../api/types'
import { service, speaker } from '../../app/service'

class MyList {
  items = $state.raw<Item[] | null>(null)
  readonly #ids = new SvelteSet<TitleId>()
  #for: string | null = null

  has(id: TitleId): boolean {
    return this.#ids.has(id)
  }

  async load({ again = false } = {}): Promise<void> {
    const profile = speaker.profileId
    if (!profile || (this.#for === profile && !again)) return
    const items = await service.list.all(profile)
    this.#for = profile
    this.items = items
    this.#ids.clear()
    for (const item of items) this.#ids.add(item.id)
  }

  async toggle(id: TitleId): Promise<void> {
    const profile = speaker.profileId
    if (!profile) return
    const wasIn = this.#ids.has(id)
    this.#mark(id, !wasIn)
    try {
      await (wasIn ? service.list.remove(profile, id) : service.list.add(profile, id))
    } catch (error) {
      this.#mark(id, wasIn)
      throw error
    }
    if (this.#for === profile) await this.load({ again: true }).catch(() => undefined)
  }

  #mark(id: TitleId, isIn: boolean): void {
    if (isIn) this.#ids.add(id)
    else this.#ids.delete(id)
  }
}

export const myList = new MyList()
