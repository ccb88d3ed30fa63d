// How someone likes to watch on this device: kept between films.

export interface Habits {
  volume: number
  isMuted: boolean
  /** Subtitle language that is on, or null for off; and the one last used, for the toggle. */
  captions: string | null
  captionsLast: string | null
  audio: string | null
  letters: boolean
}

const KEY = 'matinee:habits'
const FIRST: Habits = { volume: 1, isMuted: false, captions: null, captionsLast: null, audio: null, letters: true }

export function habits(): Habits {
  try {
    return { ...FIRST, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Habits>) }
  } catch {
    return FIRST
  }
}

export const keepHabits = (change: Partial<Habits>): void => localStorage.setItem(KEY, JSON.stringify({ ...habits(), ...change }))
