// How many notices the profile watching has not read. Asked when a page is opened, at most once a minute.
import { service, speaker } from '../../app/service'

const AGAIN_MS = 60_000

class Unread {
  count = $state(0)
  #asked = 0
  #for: string | null = null

  async look(): Promise<void> {
    const profile = speaker.profileId
    if (!profile) return
    const now = Date.now()
    if (this.#for === profile && now - this.#asked < AGAIN_MS) return
    if (this.#for !== profile) this.count = 0
    this.#for = profile
    this.#asked = now
    const page = await service.notices.page(profile)
    if (this.#for === profile) this.count = page.unread
  }

  read(): void {
    this.count = 0
  }
}

export const unread = new Unread()
