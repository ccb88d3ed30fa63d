import { expect, test } from 'vitest'
import type { Episode, Season } from '../../api/types'
import { following, placed, upNext } from './episodes'

const episode = (id: string, num: number): Episode => ({ id, num, title: id, duration_secs: 60, thumbnail: null, synopsis: '' })
const seasons: Season[] = [
  { season_num: 1, episodes: [episode('a', 1), episode('b', 2)] },
  { season_num: 3, episodes: [episode('c', 1)] },
]
const at = '2026-01-01T00:00:00Z'

test('behind the last of a season comes the first of the season after, and behind the last of all nothing', () => {
  expect([following(seasons, 'a')?.episode.id, following(seasons, 'b')?.episode.id]).toEqual(['b', 'c'])
  expect([following(seasons, 'c'), following(seasons, 'z'), placed(seasons, 'z')]).toEqual([null, null, null])
})

test('one goes on where one was: in the episode, behind it, or from the beginning', () => {
  expect(upNext(seasons, [])).toMatchObject({ season: 1, episode: { id: 'a' }, isBegun: false })
  expect(upNext(seasons, [{ id: 'b', progress: 0.4, at }, { id: 'a', progress: 1, at }])).toMatchObject({ episode: { id: 'b' }, isBegun: true })
  expect(upNext(seasons, [{ id: 'b', progress: 0.97, at }])).toMatchObject({ season: 3, episode: { id: 'c' }, isBegun: false })
  expect(upNext(seasons, [{ id: 'c', progress: 1, at }])).toMatchObject({ episode: { id: 'a' }, isBegun: false })
  expect(upNext([], [])).toBeNull()
})
