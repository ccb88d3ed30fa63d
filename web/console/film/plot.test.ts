import { describe, expect, test } from 'vitest'
import { labelsOf, line, linear, logarithmic, steps, ticksOf, timesOf, timeTicks, worst } from './plot'

describe('a scale', () => {
  test('goes from its low to its high, upside down too', () => {
    const y = linear(20, 100, 300, 0)
    expect([y(20), y(60), y(100)]).toEqual([300, 150, 0])
    expect(y.ticks).toEqual([20, 40, 60, 80, 100])
  })

  test('of rates gives every doubling the same room', () => {
    const x = logarithmic(100, 1600, 0, 400)
    expect([100, 200, 400, 800, 1600].map((n) => Math.round(x(n)))).toEqual([0, 100, 200, 300, 400])
    expect(x.ticks).toEqual([100, 200, 500, 1000])
  })

  test('of nothing but one value still has a place for it', () => {
    expect(linear(5, 5, 0, 10)(5)).toBe(0)
    expect(Number.isFinite(logarithmic(300, 300, 0, 10)(300))).toBe(true)
  })
})

test('ticks are round, inside, and evenly apart', () => {
  for (const [low, high] of [[0, 7], [0.2, 0.9], [37, 100], [0, 12_345], [3, 3]] as const) {
    const ticks = ticksOf(low, high, 5)
    expect(ticks.length).toBeGreaterThan(0)
    expect(ticks.length).toBeLessThanOrEqual(6)
    expect(ticks.every((tick) => tick >= low && tick <= high)).toBe(true)
  }
  expect(ticksOf(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
})

test('times are those a clock shows', () => {
  expect(timesOf(6, 6)).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(timesOf(5400, 6)).toEqual([0, 900, 1800, 2700, 3600, 4500, 5400])
})

test('no two ticks of time read the same, however short the film', () => {
  for (const seconds of [0.4, 1, 2, 3.9, 6.2, 29, 5400])
    for (const wanted of [3.75, 12]) {
      const said = timeTicks(seconds, wanted).map((tick) => tick.said)
      expect(new Set(said).size).toBe(said.length)
    }
  expect(timeTicks(2, 12).map((tick) => tick.said)).toEqual(['0:00.0', '0:00.2', '0:00.4', '0:00.6', '0:00.8', '0:01.0', '0:01.2', '0:01.4', '0:01.6', '0:01.8', '0:02.0'])
  expect(timeTicks(6.2, 12).map((tick) => tick.said)).toEqual(['0:00', '0:01', '0:02', '0:03', '0:04', '0:05', '0:06'])
})

test('labels of curves that end side by side lie apart, off the points, and inside', () => {
  const ends = [[300, 40], [306, 44], [310, 38], [395, 41]] as const
  const curves = ends.map(([x, y]) => [[x - 200, y + 100], [x, y]] as const)
  const places = labelsOf(curves, [[318, 36]], 400)
  for (const [n, [x, y]] of places.entries()) {
    expect(x + 42).toBeLessThanOrEqual(400)
    expect(318 > x && 318 < x + 42 && 36 > y - 16 && 36 < y).toBe(false)
    for (const [other, [ox, oy]] of places.entries()) if (other !== n) expect(Math.abs(x - ox) >= 42 || Math.abs(y - oy) >= 16).toBe(true)
  }
  expect(labelsOf([[[0, 90], [100, 50]]], [], 400)).toEqual([[108, 55]])
})

test('a line goes through its spots', () => expect(line([[0, 1], [2.04, 3]])).toBe('M0 1L2 3'))

test('steps break where nothing was measured', () => {
  const [x, y] = [linear(0, 4, 0, 40), linear(0, 100, 100, 0)]
  expect(steps([0, 1, 2, 3], 4, [90, 80, null, 70], x, y)).toBe('M0 10H10V20H20M30 30H40')
})

test('the worst are found, and what has no score is not among them', () => {
  expect(worst([90, null, 40, 60, 40], 3)).toEqual([2, 4, 3])
})
