// Where an episode stands in its series, and which one comes next.
import type { Episode, EpisodeProgress, Season } from '../../api/types'
import { number } from '../../i18n/format'
import type { ViewerMessages } from '../../i18n/viewer/en'

/** Credits are not watched: from here on an episode counts as seen. */
export const SEEN = 0.95

export interface Place { season: number; episode: Episode }

const all = (seasons: readonly Season[]): Place[] =>
  seasons.flatMap(({ season_num, episodes }) => episodes.map((episode) => ({ season: season_num, episode })))

export const placed = (seasons: readonly Season[], id: string): Place | null => all(seasons).find(({ episode }) => episode.id === id) ?? null

export function following(seasons: readonly Season[], id: string): Place | null {
  const every = all(seasons)
  const here = every.findIndex(({ episode }) => episode.id === id)
  return here < 0 ? null : (every[here + 1] ?? null)
}

/** The one that was watched last, or the one behind it when that is seen; else the first. `watched` is latest first. */
export function upNext(seasons: readonly Season[], watched: readonly EpisodeProgress[]): (Place & { isBegun: boolean }) | null {
  const last = watched[0]
  const here = last ? placed(seasons, last.id) : null
  if (here && last && last.progress < SEEN) return { ...here, isBegun: true }
  const next = (here && following(seasons, here.episode.id)) ?? all(seasons)[0]
  return next ? { ...next, isBegun: false } : null
}

export const codeOf = (place: Place, words: { m: ViewerMessages; tag: string }): string =>
  words.m.series.code(number(place.season, words.tag), number(place.episode.num, words.tag))
