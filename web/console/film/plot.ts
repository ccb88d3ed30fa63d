// Where things stand in a plot: scales, ticks and lines, without a page.

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

/** Times a person would choose, in seconds: at most one more than wanted. */
export function timesOf(seconds: number, wanted: number): number[] {
  const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
  const step = steps.find((each) => seconds / each <= wanted) ?? 7200
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, n) => n * step)
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
