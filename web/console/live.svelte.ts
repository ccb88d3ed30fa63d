// A figure that is asked for again and again while its page is open. What was known stays when the service falls silent.
import { Problem } from '../api/problem'

export class Live<T> {
  data = $state.raw<T | null>(null)
  problem = $state.raw<Problem | null>(null)
  at = $state<string | null>(null)
  readonly #ask: () => Promise<T>
  readonly #everyMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #turn = 0

  constructor(ask: () => Promise<T>, everyMs: number) {
    this.#ask = ask
    this.#everyMs = everyMs
  }

  /** Keep it fresh; the answer is how to stop. Hidden tabs do not ask. */
  watch = (): (() => void) => {
    let isOver = false
    const round = async (): Promise<void> => {
      if (!document.hidden || this.data === null) await this.refresh()
      if (!isOver) this.#timer = setTimeout(() => void round(), this.#everyMs)
    }
    void round()
    return () => {
      isOver = true
      clearTimeout(this.#timer)
    }
  }

  async refresh(): Promise<void> {
    const turn = ++this.#turn
    try {
      const data = await this.#ask()
      if (turn !== this.#turn) return
      this.data = data
      this.problem = null
      this.at = new Date().toISOString()
    } catch (error) {
      if (turn === this.#turn) this.problem = error instanceof Problem ? error : new Problem('unexpected', 500)
    }
  }
}
