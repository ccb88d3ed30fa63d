// What this browser says it can play, and the name it keeps for itself between visits.
import type { Device } from '../api/types'

const KEY = 'matinee:device'
const HEIGHT_FLOOR = 720

/** A film is never sharper than the screen in its longer direction; below 720 lines we do not go. */
export function describeDevice(screen: { width: number; height: number }, pixelRatio: number): Device {
  const lines = Math.min(screen.width, screen.height) * Math.max(1, pixelRatio)
  return {
    type: 'web', codecs: ['avc1', 'mp4a'], drm: ['org.w3.clearkey'], hdr: false, audio: ['stereo'],
    max_height: Math.max(HEIGHT_FLOOR, Math.ceil(lines)),
  }
}

export function deviceId(storage: Storage, make: () => string): string {
  const known = storage.getItem(KEY)
  if (known) return known
  const fresh = make()
  storage.setItem(KEY, fresh)
  return fresh
}
