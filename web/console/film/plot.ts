// Where things stand in a plot: scales, ticks, lines and labels, without a page.
import { clock } from '../../i18n/format'

export interface Scale {
  (value: number): number
  readonly ticks: readonly number[]
}

/** What the longest number beside an axis takes, and air. */
const TICK_ROOM = 56

/** From `low … high` to `from … to`. */
export function linear(low: number, high: number, from: number, to: number): Scale {
  const span = high - low || 1
  const at = (value: number) => from + ((value - low) / span) * (to - from)
  return Object.assign(at, { ticks: ticksOf(low, high, 5) })
}

/** The same for rates, where twice as much is always one step: ticks are 1, 2 and 5 times powers of ten. */
export function logarithmic(low: number, high: number, from: number, to: number): Scale {
  const [least, most] = [Math.log(Math.max(low, Number.MIN_VALUE)), Math.log(Math.max(high, low * 1.01))]
  const at = (value: number) => from + ((Math.log(value) - least) / (most - least)) * (to - from)
  const every = Array.from({ length: 8 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat()
  const inside = every.filter((n) => n >= low && n <= high)
  const isCrowded = inside.length * TICK_ROOM > Math.abs(to - from)
  return Object.assign(at, { ticks: isCrowded ? inside.filter((_, n) => n % 2 === 0) : inside })
}

/** Round numbers within `low … high`, at most one more than wanted. */
export function ticksOf(low: number, high: number, wanted: number): number[] {
  if (!(high > low)) return [low]
  const rough = (high - low) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)))
}

/** A film shorter than this has too few whole seconds for an axis. */
const VERY_SHORT_S = 4

/** Times a person would choose, in seconds: whole ones, tenths for a very short film; at most one more than wanted. */
export function timesOf(seconds: number, wanted: number): number[] {
  const whole = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
  const steps = seconds < VERY_SHORT_S ? [0.1, 0.2, 0.5, ...whole] : whole
  const step = steps.find((each) => seconds / each <= wanted) ?? 7200
  return Array.from({ length: Math.floor(seconds / step + 1e-9) + 1 }, (_, n) => Math.round(n * step * 10) / 10)
}

/** Half of the longest time under an axis: the last one moves in by as much, so that the edge does not cut it. */
export const TICK_HALF = 22

/** The same with their words, of which no two are equal. */
export function timeTicks(seconds: number, wanted: number): { at: number; said: string }[] {
  const times = timesOf(seconds, wanted)
  const isWhole = times.every(Number.isInteger)
  return times.map((at) => ({ at, said: clock(at * 1000) + (isWhole ? '' : `.${Math.round(at * 10) % 10}`) }))
}

export type Spot = readonly [x: number, y: number]

const round = (n: number) => Math.round(n * 10) / 10

export const line = (spots: readonly Spot[]): string => spots.map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('')

/** A value for each stretch, which begins at its place and lasts to the next; a stretch without a value is a gap. */
export function steps(starts: readonly number[], end: number, values: readonly (number | null)[], x: Scale, y: Scale): string {
  let isOpen = false
  return values.map((value, n) => {
    if (value === null) return ((isOpen = false), '')
    const [from, to] = [x(starts[n] ?? 0), x(starts[n + 1] ?? end)]
    const path = `${isOpen ? 'V' : `M${round(from)} `}${round(y(value))}H${round(to)}`
    isOpen = true
    return path
  }).join('')
}

/** The worst first: which stretches, in what order. */
export function worst(values: readonly (number | null)[], count: number): number[] {
  const scored = values.flatMap((value, n) => (value === null ? [] : [[value, n] as const]))
  return scored.sort((a, b) => a[0] - b[0]).slice(0, count).map(([, n]) => n)
}

/** How wide and how high a label is taken to be, in the plot's own units: `2160p` in its 13 px, and air. */
const [LABEL_WIDTH, LABEL_HEIGHT] = [42, 16]
/** From the end of a curve to where its label may begin, the best first. */
const LABEL_PLACES: readonly Spot[] = [[8, 5], [20, 5], [8, -12], [8, 22], [-21, -12], [-21, 24], [8, -29], [8, 39], [-50, -12], [-50, 24], [-21, -29], [-21, 41], [-50, -29], [-50, 41]]

/** Where the label of each curve begins: near the curve's end, and where it covers least: no other label before all, then no
 *  point, then no curve. `right` is how far a label may reach. */
export function labelsOf(curves: readonly (readonly Spot[])[], points: readonly Spot[], right: number): Spot[] {
  const along = curves.map((spots) => spots.flatMap((spot, n) => between(spots[n - 1] ?? spot, spot)))
  const placed: Spot[] = []
  for (const spots of curves) {
    const end = spots.at(-1) ?? [0, 0]
    const cost = ([x, y]: Spot): number => {
      const covers = ([px, py]: Spot, air: number) => px > x - air && px < x + LABEL_WIDTH + air && py > y - LABEL_HEIGHT - air && py < y + air
      const labels = placed.filter(([px, py]) => Math.abs(px - x) < LABEL_WIDTH && Math.abs(py - y) < LABEL_HEIGHT).length
      const lines = along.filter((line) => line.some((spot) => covers(spot, 0))).length
      return labels * 100 + points.filter((point) => covers(point, 9)).length * 10 + lines + (x + LABEL_WIDTH > right ? 1000 : 0)
    }
    const places = LABEL_PLACES.map(([dx, dy]): Spot => [end[0] + dx, end[1] + dy])
    placed.push(places.reduce((best, place) => (cost(place) < cost(best) ? place : best)))
  }
  return placed
}

/** Spots along a line, close enough that it passes through nothing unseen. */
function between(from: Spot, to: Spot): Spot[] {
  const count = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / 6))
  return Array.from({ length: count }, (_, n) => [from[0] + ((to[0] - from[0]) * (n + 1)) / count, from[1] + ((to[1] - from[1]) * (n + 1)) / count] as const)
}
