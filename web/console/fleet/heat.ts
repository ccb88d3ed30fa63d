// What is watched where, as a table reads it.
import type { Heat } from '../../api/types'

export const SPANS = [1, 7, 28, 90] as const
/** Below it a forecast and what was counted are the same: both are a little wrong. */
const AS_MUCH = 1.25
const HARDLY = 0.05

export type Trend = 'rises' | 'falls' | null
export interface Row {
  release: string
  title: string
  bytes: number
  /** Of the hottest one. */
  share: number
  playings: number
  forecast: number
  trend: Trend
  appliances: readonly string[]
  /** Appliances beyond those that are named. */
  more: number
  /** It was watched, and nobody near holds it. */
  isMissed: boolean
}

export function rowsOf(heat: Heat): Row[] {
  const hottest = Math.max(0, ...heat.releases.map((each) => each.bytes))
  return heat.releases.map((each) => ({
    release: each.release_id,
    title: each.title_id,
    bytes: each.bytes,
    share: hottest > 0 ? each.bytes / hottest : 0,
    playings: each.playings_a_day,
    forecast: each.forecast,
    trend: heat.night ? trendOf(each.playings_a_day, each.forecast) : null,
    appliances: each.held.appliances,
    more: each.held.count - each.held.appliances.length,
    isMissed: each.bytes > 0 && each.held.count === 0,
  }))
}

export function trendOf(playings: number, forecast: number): Trend {
  if (Math.max(playings, forecast) < HARDLY) return null
  if (forecast > playings * AS_MUCH) return 'rises'
  return forecast * AS_MUCH < playings ? 'falls' : null
}

export const totalOf = (heat: Heat): number =>
  heat.sites.filter((each) => !heat.site || each.site === heat.site).reduce((sum, each) => sum + each.bytes, 0)

/** Few playings are told to a tenth, many are not. */
export const digitsOf = (playings: number): number => (playings > 0 && playings < 10 ? 1 : 0)
