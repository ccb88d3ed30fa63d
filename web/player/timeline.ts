// What lies where in a film: which marker one is in, which picture belongs to a moment, where a step leads.
import type { Marker, Thumbnails } from '../api/types'

export const SEEK_STEP_MS = 10_000
/** A skip button for the last instants of an intro would jump nowhere. */
const SKIP_WORTH_MS = 1_500

/** The intro or recap one can skip right now. */
export function skippable(markers: readonly Marker[], position_ms: number): Marker | null {
  const here = (marker: Marker) => position_ms >= marker.start_ms && position_ms < marker.end_ms - SKIP_WORTH_MS
  return markers.find((marker) => (marker.kind === 'intro' || marker.kind === 'recap') && here(marker)) ?? null
}

/** Where the film proper is over. Without a credits marker that is the end of the file. */
export function creditsStart(markers: readonly Marker[], duration_ms: number): number {
  const credits = markers.filter((marker) => marker.kind === 'credits').map((marker) => marker.start_ms)
  return credits.length > 0 ? Math.min(...credits) : duration_ms
}

/** The last frame begins before the end, and that is where an element that ended may stand. */
const END_MS = 150

/** Position and length in whole seconds that agree: begun seconds do not count, and what has ended stands at its length. */
export function told(position_ms: number, duration_ms: number): { at_ms: number; of_ms: number } {
  const of_ms = Math.max(0, Math.round(duration_ms / 1000) * 1000)
  const isAtEnd = duration_ms > 0 && position_ms > duration_ms - END_MS
  return { at_ms: isAtEnd ? of_ms : clamp(Math.floor(position_ms / 1000) * 1000, 0, of_ms), of_ms }
}

export const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)

export interface Tile {
  url: string
  x: number
  y: number
  width: number
  height: number
}

/** The picture for a moment: which sheet, and where on it. `$Number$` counts the sheets from 1. */
export function tileAt(thumbnails: Thumbnails, position_ms: number): Tile {
  const { tile_columns, tile_rows, tile_width, tile_height, interval_ms, count, url_template } = thumbnails
  const picture = clamp(Math.floor(position_ms / interval_ms), 0, Math.max(0, count - 1))
  const perSheet = tile_columns * tile_rows
  const sheet = Math.floor(picture / perSheet)
  const place = picture % perSheet
  return {
    url: url_template.replace('$Number$', String(sheet + 1)),
    x: (place % tile_columns) * tile_width,
    y: Math.floor(place / tile_columns) * tile_height,
    width: tile_width,
    height: tile_height,
  }
}
