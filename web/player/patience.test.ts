import { expect, test } from 'vitest'
import { Patience, PATIENT } from './patience'

function after(...took_ms: number[]): Patience {
  const patience = new Patience()
  for (const each of took_ms) patience.learn(each)
  return patience
}

test('on a good line an edge that says nothing is left after two seconds', () => {
  expect(after(80, 40, 60).at(0, 5)).toEqual({ connectionTimeout: 2_000, stallTimeout: 2_000 })
})

test.each([[0, 1], [4, 5], [5, 5], [7, 5], [0, 0]])('try %i at %i places is nobody but the last hope, and waited for', (attempt, places) => {
  expect(after(80, 40, 60).at(attempt, places)).toEqual(PATIENT)
})

test('before anything has come, connections are given time', () => {
  expect(new Patience().at(0, 2)).toEqual({ connectionTimeout: 4_500, stallTimeout: 4_500 })
})

test('a slow line is known, even though some segments come sooner', () => {
  expect(after(1_500, 200).at(0, 2).connectionTimeout).toBeGreaterThan(3_000)
  expect(after(60_000).at(0, 2)).toEqual(PATIENT)
  expect(after(1_500, 200, 200, 200, 200).at(0, 2).connectionTimeout).toBe(2_000)
})
