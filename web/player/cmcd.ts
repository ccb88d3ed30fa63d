// What the player says of itself with each segment it asks for: CTA-5004, version 1, as one query argument. A header would
// cost a preflight for every address. Shaka's own says neither what was measured nor that the film had stood still, and
// names the next address, in which there is a ticket.

/** Keys as CTA-5004 has them. */
export interface Said {
  br?: number
  bl?: number
  bs?: boolean
  cid?: string
  d?: number
  mtp?: number
  ot?: 'v' | 'a' | 'av' | 'i' | 'c' | 'tt' | 'o'
  sf?: 'd' | 'h'
  sid?: string
  st?: 'v' | 'l'
  su?: boolean
}

const TOKENS = new Set(['ot', 'sf', 'st'])
/** These are told to the nearest hundred. */
const BY_HUNDREDS = new Set(['bl', 'mtp'])
const ID_MAX = 64
/** Below this, what was measured is the way there and not the line. */
const MEASURED_LEAST_BYTES = 16 * 1024
const KEPT_OF_MEASURED = 0.7
const REMEMBERED_MAX = 2_000
const ARGUMENT = 'CMCD'

/** Keys in alphabetical order; what is true stands without a value, and what is not does not stand there at all. */
export function encoded(said: Said): string {
  return Object.entries(said).sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([key, value]) => {
    if (value === undefined || value === false) return []
    if (value === true) return [key]
    if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? [`${key}=${BY_HUNDREDS.has(key) ? Math.round(value / 100) * 100 : Math.round(value)}`] : []
    return [TOKENS.has(key) ? `${key}=${value}` : `${key}="${value.slice(0, ID_MAX).replace(/["\\]/g, '\\$&')}"`]
  }).join(',')
}

/** What is asked for, as the engine knows it. */
export interface Wanted {
  kind: string
  isInit: boolean
  mimeType: string
  bitrate_kbps: number
  length_ms: number
}

export function objectType({ kind, isInit, mimeType }: Pick<Wanted, 'kind' | 'isInit' | 'mimeType'>): NonNullable<Said['ot']> {
  if (isInit) return 'i'
  if (kind === 'video') return 'v'
  if (kind === 'audio') return 'a'
  if (kind === 'text') return mimeType === 'application/mp4' ? 'tt' : 'c'
  return 'o'
}

/** One film's. It knows what was measured of each server, and what was said where. */
export class Telling {
  readonly #of: Pick<Said, 'cid' | 'sf' | 'sid'>
  readonly #kbps = new Map<string, number>()
  readonly #before = new Map<string, string>()
  #hasStarved = false
  /** It waits for what it asks for: the film has not begun, or stands still. */
  isWaiting = true

  constructor(of: { session: string; title: string; kind: 'dash' | 'hls' }) {
    this.#of = { sid: of.session, cid: of.title, sf: of.kind === 'hls' ? 'h' : 'd' }
  }

  /** It ran dry; the next request says so, and no other. */
  starve(): void {
    this.#hasStarved = true
  }

  /** So many bytes came from there in so long. */
  learn(uri: string, bytes: number, took_ms: number): void {
    if (bytes < MEASURED_LEAST_BYTES || took_ms <= 0) return
    const host = hostOf(uri)
    const kbps = (bytes * 8) / took_ms
    const before = this.#kbps.get(host)
    // Times are what adds up: a mean of rates would make little of the slow ones.
    this.#kbps.set(host, before === undefined ? kbps : 1 / (KEPT_OF_MEASURED / before + (1 - KEPT_OF_MEASURED) / kbps))
  }

  /** The places to ask, each with what is said there. Asked for again, a segment has the address it had: the browser may hold it. */
  told(uris: string[], wanted: Wanted, buffer_ms: number | null): string[] {
    const said: Said = {
      ...this.#of, st: 'v', ot: objectType(wanted), br: wanted.bitrate_kbps || undefined, d: wanted.length_ms || undefined,
      bl: buffer_ms ?? undefined, bs: this.#hasStarved, su: this.isWaiting,
    }
    return uris.map((uri) => (isTold(uri) ? uri : (this.#before.get(uri) ?? this.#tell(uri, { ...said, mtp: this.#kbps.get(hostOf(uri)) }))))
  }

  #tell(uri: string, said: Said): string {
    if (!/^https?:/i.test(uri)) return uri
    this.#hasStarved = false
    const [oldest] = this.#before.keys()
    if (this.#before.size >= REMEMBERED_MAX && oldest !== undefined) this.#before.delete(oldest)
    const told = `${uri}${uri.includes('?') ? '&' : '?'}${ARGUMENT}=${encodeURIComponent(encoded(said))}`
    this.#before.set(uri, told)
    return told
  }
}

const isTold = (uri: string): boolean => uri.includes(`?${ARGUMENT}=`) || uri.includes(`&${ARGUMENT}=`)
const hostOf = (uri: string): string => /^[a-z]+:\/\/[^/]+/i.exec(uri)?.[0] ?? ''
