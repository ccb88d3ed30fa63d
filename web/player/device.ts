// What this browser says it can play, and the name it keeps for itself between visits.
import type { Device } from '../api/types'

const KEY = 'matinee:device'
const HEIGHT_FLOOR = 720

// Of each codec a stream as the studio makes them: eight bits, and for HDR the ten of PQ.
const PICTURES = { avc1: 'avc1.640028', hvc1: 'hvc1.1.6.L120.B0', av01: 'av01.0.08M.08', vp09: 'vp09.00.40.08' }
const HDR_PICTURES = { hvc1: 'hvc1.2.4.L150.B0', av01: 'av01.0.12M.10.0.110.09.16.09.0' }

// Sound beside AAC, which every browser with MSE plays.
const SOUNDS = { opus: 'opus', 'ec-3': 'ec-3' }

/** What a browser says of itself. */
export interface Browser {
  decodes: (type: string) => boolean
  matches: (query: string) => boolean
}

export const thisBrowser: Browser = {
  decodes: (type) => typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported(type),
  matches: (query) => matchMedia(query).matches,
}

const among = (kind: 'video' | 'audio', known: Record<string, string>, { decodes }: Browser): string[] =>
  Object.entries(known).filter(([, codecs]) => decodes(`${kind}/mp4; codecs="${codecs}"`)).map(([name]) => name)

/** A film is never sharper than the screen in its longer direction; below 720 lines we do not go. */
export function describeDevice(screen: { width: number; height: number }, pixelRatio: number, browser: Browser): Device {
  const lines = Math.min(screen.width, screen.height) * Math.max(1, pixelRatio)
  const pictures = among('video', PICTURES, browser)
  const wide = among('video', HDR_PICTURES, browser)
  const sounds = among('audio', SOUNDS, browser)
  // One word for all codecs: a browser that decodes HDR in one of them and SDR alone in another is offered none.
  const hdr = browser.matches('(dynamic-range: high)') && wide.length > 0 && ['hvc1', 'av01'].every((name) => wide.includes(name) || !pictures.includes(name))
  return {
    type: 'web', codecs: [...new Set(['avc1', ...pictures]), 'mp4a', ...sounds], drm: ['org.w3.clearkey'], hdr,
    // A browser that decodes Dolby's sound hands it to the system, which knows the speakers.
    audio: sounds.includes('ec-3') ? ['stereo', 'surround'] : ['stereo'],
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
