// A license may arrive and still not hold the key of what is on screen. No error is raised then: the element says that
// it waits for a key, and waits for ever. Whoever watches deserves a sentence instead.

/** Licenses take a second or two; far beyond that the key is not coming. */
export const KEY_WAIT_MS_MAX = 8_000

type After = (ms: number, act: () => void) => () => void

/** Calls `onMissing` when the element has waited for a key for too long. Returns how to stop watching. */
export function watchForMissingKey(video: EventTarget, onMissing: () => void, after: After = afterTimeout): () => void {
  let stopWaiting: (() => void) | null = null
  const wait = () => (stopWaiting ??= after(KEY_WAIT_MS_MAX, onMissing))
  const settle = () => {
    stopWaiting?.()
    stopWaiting = null
  }
  const settled = ['playing', 'timeupdate', 'emptied', 'error']
  video.addEventListener('waitingforkey', wait)
  for (const type of settled) video.addEventListener(type, settle)
  return () => {
    settle()
    video.removeEventListener('waitingforkey', wait)
    for (const type of settled) video.removeEventListener(type, settle)
  }
}

function afterTimeout(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}
