import { expect, test } from 'vitest'
import { drawn, type Mark } from './map'

const [WIDTH, HEIGHT] = [800, 300]
const mark = (key: string, latitude: number, longitude: number): Mark => ({ key, label: key, spot: [latitude, longitude], radius: 9 })
const WORLD = [mark('lisbon', 38.7, -9.1), mark('tokyo', 35.7, 139.7), mark('santiago', -33.4, -70.7), mark('tromso', 69.6, 18.9)]

test('every site is on the picture, north above and east to the right', () => {
  const { marks } = drawn(WORLD, WIDTH, HEIGHT)
  for (const { x, y, radius } of marks) {
    expect(x).toBeGreaterThan(radius)
    expect(x).toBeLessThan(WIDTH - radius)
    expect(y).toBeGreaterThan(radius)
    expect(y).toBeLessThan(HEIGHT - radius)
  }
  const [lisbon, tokyo, santiago, tromso] = marks
  expect(tokyo!.x).toBeGreaterThan(lisbon!.x)
  expect(santiago!.y).toBeGreaterThan(lisbon!.y)
  expect(tromso!.y).toBeLessThan(lisbon!.y)
})

test('a degree is as long up as it is wide, and lines are round and not crowded', () => {
  const { meridians, parallels } = drawn([mark('lisbon', 38.7, -9.1), mark('porto', 41.1, -8.6)], WIDTH, HEIGHT)
  const perDegree = (meridians[1]!.x - meridians[0]!.x) / (meridians[1]!.degrees - meridians[0]!.degrees)
  expect(perDegree).toBeCloseTo((parallels[0]!.y - parallels[1]!.y) / (parallels[1]!.degrees - parallels[0]!.degrees))
  expect(meridians[1]!.x - meridians[0]!.x).toBeGreaterThanOrEqual(56)
  for (const { degrees } of [...meridians, ...parallels]) expect(Number.isInteger(degrees)).toBe(true)
})

test('two sites of one city can both be seen', () => {
  const { marks } = drawn([mark('one', 38.7, -9.1), mark('two', 38.7, -9.1), mark('three', 38.71, -9.1)], WIDTH, HEIGHT)
  for (const a of marks) for (const b of marks) if (a !== b) expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThanOrEqual(a.radius + b.radius)
})

test('a label lies within the picture and on no other, or is left out', () => {
  const crowd = Array.from({ length: 40 }, (_, n) => mark(`a-site-with-a-long-name-${n}`, 38 + (n % 8) / 4, -9 + Math.floor(n / 8) / 4))
  const labels = drawn(crowd, 300, HEIGHT).marks.flatMap(({ at, label }) => (at ? [{ ...at, long: label.length * 7.5 }] : []))
  const boxes = labels.map(({ x, y, anchor, long }) => {
    const left = anchor === 'start' ? x : anchor === 'end' ? x - long : x - long / 2
    return { left, right: left + long, y }
  })
  expect(boxes.length).toBeGreaterThan(0)
  for (const box of boxes) {
    expect(box.left).toBeGreaterThanOrEqual(0)
    expect(box.right).toBeLessThanOrEqual(300)
    for (const other of boxes) if (box !== other) expect(Math.abs(box.y - other.y) >= 17 || box.left >= other.right || other.left >= box.right).toBe(true)
  }
})

test('without a spot there is no map', () => expect(drawn([], WIDTH, HEIGHT)).toEqual({ marks: [], meridians: [], parallels: [] }))
