// Which pathways failed this player, by name. Only one that failed at what another then did is named: who cannot reach
// anybody has lost its own network.
const CODE = { badStatus: 1001, timeout: 1003, aborted: 7001 } as const
/** A pathway is named again after this long. */
const AGAIN_MS = 30_000

export interface Failing {
  pathway: string
  /** `timeout`, `network`, or the status it answered with. */
  reason: string
}

/** A request as the engine has it: it lives through all its tries. */
export interface Tried {
  uris: string[]
  attempt: number
}

export interface DownloadFailed {
  request: Tried
  error: { code: number } | null
  httpResponseCode: number
  /** By a timer of the engine's. */
  aborted: boolean
}

export class Witness {
  readonly #names = new Map<string, string>()
  readonly #failures = new WeakMap<Tried, Map<string, string>>()
  readonly #named = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** A manifest, or one of its playlists, says who stands where. */
  read(uri: string, text: string): void {
    const pathway = new URL(uri, 'http://page.invalid').searchParams.get('pathway')
    const [playlist] = pathway ? (/https?:[^\s"]+/.exec(text) ?? []) : []
    if (pathway && playlist) this.#names.set(placeOf(playlist), pathway)
    for (const [, name, base] of text.matchAll(/<BaseURL[^>]*\sserviceLocation="([^"]+)"[^>]*>([^<]+)</g)) if (name && base) this.#names.set(placeOf(base), name)
  }

  /** A try that came to nothing. That somebody sought elsewhere in the film is nobody's failure. */
  note({ request, error, httpResponseCode, aborted }: DownloadFailed): void {
    if (!error || (error.code === CODE.aborted && !aborted)) return
    const uri = request.uris[request.attempt % request.uris.length]
    if (uri === undefined) return
    const reason = aborted || error.code === CODE.timeout ? 'timeout' : error.code === CODE.badStatus ? String(httpResponseCode) : 'network'
    const failures = this.#failures.get(request) ?? new Map<string, string>()
    this.#failures.set(request, failures.set(placeOf(uri), reason))
  }

  /** It came at last. Who failed at it before, and was not named of late. */
  failing(request: Tried): Failing[] {
    const failures = [...(this.#failures.get(request) ?? [])]
    this.#failures.delete(request)
    const came = placeOf(request.uris[request.attempt % request.uris.length] ?? '')
    return failures.flatMap(([place, reason]) => {
      const pathway = this.#names.get(place)
      const now = this.#now()
      if (place === came || !pathway || now - (this.#named.get(pathway) ?? -Infinity) < AGAIN_MS) return []
      this.#named.set(pathway, now)
      return [{ pathway, reason }]
    })
  }
}

/** Where a server's own part of an address begins, there is a ticket. */
const placeOf = (uri: string): string => uri.split('/v1/')[0] ?? uri
