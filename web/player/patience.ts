// How long a segment is waited for. While there is somebody else to ask, not long: one edge, or a whole site, may have fallen
// silent, and what is buffered has to last until somebody answers. Whoever is the last to be asked gets all the time there is.

/** As many as there can be places in a manifest, and each of two more once again. */
export const TRIES_MAX = 8
const HASTE_LEAST_MS = 2_000
/** On a line that needs this long for a segment, thrice as long is silence. */
const USUAL_TIMES = 3
/** Before anything has come: connections are yet to be made, on a line that nobody knows. */
const USUAL_AT_FIRST_MS = 1_500
const KEPT_OF_USUAL = 0.7

export interface Waiting {
  connectionTimeout: number
  stallTimeout: number
}

export const PATIENT: Waiting = { connectionTimeout: 8_000, stallTimeout: 6_000 }

export class Patience {
  #usual_ms = USUAL_AT_FIRST_MS

  /** A segment came, and took this long. Slow ones are remembered for a while. */
  learn(took_ms: number): void {
    this.#usual_ms = Math.max(took_ms, this.#usual_ms * KEPT_OF_USUAL)
  }

  /** Tries count from 0, and go round the places in their order. */
  at(attempt: number, places: number): Waiting {
    if (attempt >= places - 1) return PATIENT
    const haste = Math.max(HASTE_LEAST_MS, this.#usual_ms * USUAL_TIMES)
    return { connectionTimeout: Math.min(haste, PATIENT.connectionTimeout), stallTimeout: Math.min(haste, PATIENT.stallTimeout) }
  }
}
