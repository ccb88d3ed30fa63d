// A plain map: degrees as they are, fitted to what is on it, without land. Pure.

export interface Mark {
  key: string
  label: string
  spot: readonly [latitude: number, longitude: number]
  radius: number
}

export interface Placed extends Mark {
  x: number
  y: number
  /** Where its label stands; null where there is no room for one. */
  at: { x: number; y: number; anchor: 'start' | 'end' | 'middle' } | null
}

export interface Graticule {
  meridians: { x: number; degrees: number }[]
  parallels: { y: number; degrees: number }[]
}

export interface Drawn extends Graticule {
  marks: Placed[]
}

interface Box { left: number; right: number; top: number; bottom: number }

/** Nothing nearer is looked at: two in one city would be a continent apart. */
const SPAN_MIN = 8
const MARGIN = 0.22
const STEPS = [1, 2, 5, 10, 15, 30, 45, 90]
/** Between two lines, in pixels: room for what stands at them. */
const APART_MIN = 56
const [LETTER, WIDE_LETTER, LINE] = [7.5, 14, 17]

export function drawn(marks: readonly Mark[], width: number, height: number): Drawn {
  if (marks.length === 0) return { marks: [], meridians: [], parallels: [] }
  const window = windowOf(marks.map((mark) => mark.spot), width / height)
  const x = (longitude: number) => ((longitude - window.left) / (window.right - window.left)) * width
  const y = (latitude: number) => ((window.top - latitude) / (window.top - window.bottom)) * height
  const step = STEPS.find((each) => (each / (window.right - window.left)) * width >= APART_MIN) ?? 90
  return {
    marks: labeled(apart(marks.map((mark) => ({ ...mark, x: x(mark.spot[1]), y: y(mark.spot[0]), at: null }))), width, height),
    meridians: multiples(window.left, window.right, step).map((degrees) => ({ degrees, x: x(degrees) })),
    parallels: multiples(Math.max(-90, window.bottom), Math.min(90, window.top), step).map((degrees) => ({ degrees, y: y(degrees) })),
  }
}

/** What is seen, in degrees: all spots, with air around, in the shape of the picture. */
function windowOf(spots: readonly (readonly [number, number])[], shape: number): Box {
  const [latitudes, longitudes] = [spots.map((spot) => spot[0]), spots.map((spot) => spot[1])]
  const [south, north, west, east] = [Math.min(...latitudes), Math.max(...latitudes), Math.min(...longitudes), Math.max(...longitudes)]
  const tall = Math.max(SPAN_MIN, (north - south) * (1 + 2 * MARGIN), ((east - west) * (1 + 2 * MARGIN)) / shape)
  const wide = tall * shape
  const [middle, center] = [(south + north) / 2, (west + east) / 2]
  return { top: middle + tall / 2, bottom: middle - tall / 2, left: center - wide / 2, right: center + wide / 2 }
}

function multiples(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, n) => (first + n) * step || 0)
}

/** Sites of one city lie on one another: later ones are moved until each can be seen. */
function apart(marks: Placed[]): Placed[] {
  const placed: Placed[] = []
  const isFree = (mark: Placed, x: number, y: number) => placed.every((other) => Math.hypot(other.x - x, other.y - y) >= other.radius + mark.radius + 2)
  for (const mark of marks) {
    let [x, y] = [mark.x, mark.y]
    for (let turn = 1; !isFree(mark, x, y) && turn < 400; turn += 1) {
      const far = mark.radius * 0.6 * Math.sqrt(turn)
      x = mark.x + far * Math.cos(turn * 2.4)
      y = mark.y + far * Math.sin(turn * 2.4)
    }
    placed.push({ ...mark, x, y })
  }
  return placed
}

function labeled(marks: Placed[], width: number, height: number): Placed[] {
  const taken: Box[] = marks.map(({ x, y, radius }) => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }))
  return marks.map((mark) => {
    const long = [...mark.label].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e7f ? WIDE_LETTER : LETTER), 0)
    const gap = mark.radius + 5
    const tries = [
      { x: mark.x + gap, y: mark.y + 5, anchor: 'start' as const, left: mark.x + gap },
      { x: mark.x - gap, y: mark.y + 5, anchor: 'end' as const, left: mark.x - gap - long },
      { x: mark.x, y: mark.y - gap, anchor: 'middle' as const, left: mark.x - long / 2 },
      { x: mark.x, y: mark.y + gap + 11, anchor: 'middle' as const, left: mark.x - long / 2 },
    ]
    for (const { left, ...at } of tries) {
      const box = { left, right: left + long, top: at.y - LINE + 4, bottom: at.y + 4 }
      const isInside = box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height
      if (!isInside || taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)) continue
      taken.push(box)
      return { ...mark, at }
    }
    return mark
  })
}
