// The keyboard of the player, as a table. Pure, so that the help screen and the tests read the same one.

export type Action =
  | 'toggle-play' | 'back' | 'forward' | 'louder' | 'quieter' | 'mute' | 'fullscreen' | 'captions' | 'audio-menu'
  | 'wind-back' | 'wind-forward' | 'skip' | 'to-start' | 'to-end' | 'stats' | 'help' | 'leave'

export interface KeyPress {
  key: string
  code?: string
  ctrlKey: boolean
  altKey: boolean
  shiftKey: boolean
  metaKey: boolean
}

/** Letters can be switched off (WCAG 2.1.4): dictation and screen readers use them for themselves. */
const LETTERS: Readonly<Record<string, Action>> = {
  k: 'toggle-play', m: 'mute', f: 'fullscreen', c: 'captions', a: 'audio-menu', s: 'skip', j: 'back', l: 'forward', '?': 'help',
}
const NAMED: Readonly<Record<string, Action>> = {
  ' ': 'toggle-play', ArrowLeft: 'back', ArrowRight: 'forward', ArrowUp: 'louder', ArrowDown: 'quieter', Home: 'to-start', End: 'to-end', Escape: 'leave',
  MediaPlayPause: 'toggle-play', MediaFastForward: 'wind-forward', MediaRewind: 'wind-back',
}

const SHIFTED: Readonly<Record<string, Action>> = { ArrowLeft: 'wind-back', ArrowRight: 'wind-forward' }

export function actionOf(press: KeyPress, { letters = true } = {}): Action | null {
  if (press.ctrlKey && press.altKey && press.shiftKey && (press.code === 'KeyD' || press.key.toLowerCase() === 'd')) return 'stats'
  if (press.ctrlKey || press.altKey || press.metaKey) return null
  if (press.shiftKey && SHIFTED[press.key]) return SHIFTED[press.key] ?? null
  return NAMED[press.key] ?? (letters ? (LETTERS[press.key.toLowerCase()] ?? null) : null)
}
