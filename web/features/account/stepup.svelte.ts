// What is sensitive wants to know that it is still the owner. Whoever does such a thing does it through `stepUp.run`: where
// the service asks for a proof, the dialog comes up, and what was done is done again.
import { Problem } from '../../api/problem'

class StepUp {
  /** The refusal that says by what it may be proved, while that is asked for. */
  asked = $state.raw<Problem | null>(null)
  #answered: ((proved: boolean) => void) | null = null

  /** Whether it was done: false where the dialog was left. */
  async run(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act()
      return true
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'step-up-needed') throw error
      if (!(await this.#ask(error))) return false
      await act()
      return true
    }
  }

  answer(proved: boolean): void {
    this.asked = null
    this.#answered?.(proved)
    this.#answered = null
  }

  #ask(problem: Problem): Promise<boolean> {
    this.#answered?.(false)
    this.asked = problem
    return new Promise((resolve) => (this.#answered = resolve))
  }
}

export const stepUp = new StepUp()
