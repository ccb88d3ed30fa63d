// The profile's page, kept between visits so that coming back shows it at once while it is asked for again.
import { Problem } from '../../api/problem'
import type { Home, Item, TitleId } from '../../api/types'
import { service, speaker } from '../../app/service'

/** While films are made people watch the number; once all are there the page only refreshes when visited. */
const POLL_MS = 3_000

class HomePage {
  home = $state.raw<Home | null>(null)
  problem = $state.raw<Problem | null>(null)
  #for: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Ask now and again while something is being prepared; returns how to stop. */
  watch(): () => void {
    if (this.#for !== speaker.profileId) this.home = null
    this.#for = speaker.profileId
    const stop = new AbortController()
    const ask = async (): Promise<void> => {
      // A tab that nobody sees asks for nothing; what it shows is there already.
      if (!document.hidden || !this.home) await this.#load(stop.signal)
      if (!stop.signal.aborted && (this.problem?.isPassing || this.#isFilling)) this.#timer = setTimeout(() => void ask(), POLL_MS)
    }
    void ask()
    return () => (stop.abort(), clearTimeout(this.#timer))
  }

  /** More is to come: something is being prepared, or the house is new and its first film has not been handed in. */
  get #isFilling(): boolean {
    return this.home !== null && (this.home.preparing.length > 0 || this.home.rows.every((row) => row.items.length === 0))
  }

  /** What the page already knows of a title, so that its dialog need not begin empty. */
  find(id: TitleId): Item | null {
    if (!this.home) return null
    const items = this.home.rows.flatMap((row) => row.items).concat(this.home.billboard ?? [])
    return items.find((item) => item.id === id && item.progress !== null) ?? items.find((item) => item.id === id) ?? null
  }

  async #load(signal: AbortSignal): Promise<void> {
    try {
      this.home = await service.discovery.home(signal)
      this.problem = null
    } catch (error) {
      if (!signal.aborted) this.problem = error instanceof Problem ? error : new Problem('unexpected', 500)
    }
  }
}

export const homePage = new HomePage()
