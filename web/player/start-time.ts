// From the click on Play to the first frame on screen, as performance marks that anyone can read.

const CLICK = 'matinee:click'
const FIRST_FRAME = 'matinee:first-frame'
const START = 'matinee:start'

export function markClick(): void {
  performance.clearMarks(CLICK)
  performance.mark(CLICK)
}

/** Calls back once with the milliseconds from click (or from opening the address) to the first frame. */
export function measureStart(video: HTMLVideoElement, measured: (ms: number) => void): () => void {
  const fromClick = performance.getEntriesByName(CLICK).length > 0
  const handle = video.requestVideoFrameCallback(() => {
    performance.clearMarks(FIRST_FRAME)
    performance.clearMeasures(START)
    performance.mark(FIRST_FRAME)
    const { duration } = performance.measure(START, fromClick ? { start: CLICK, end: FIRST_FRAME } : { start: 0, end: FIRST_FRAME })
    performance.clearMarks(CLICK) // the next start has its own click; the measure stays
    measured(duration)
  })
  return () => video.cancelVideoFrameCallback(handle)
}
