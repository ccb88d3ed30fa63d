// One door to the server: unwraps the envelope, turns every failure into a Problem, says who is watching.
import { Problem, parseProblem, unreachable } from './problem'

export interface CallOptions {
  body?: unknown
  /** Sent as it is, instead of `body`: a file, with its own type. */
  file?: Blob
  /** The version that a change was made of: sent as `If-Match`. */
  version?: number
  signal?: AbortSignal
  /** Let the request outlive the page (positions on unload). */
  keepalive?: boolean
  /** Sent as `Idempotency-Key`: for five minutes the server answers a repeat of this write as it did the first time. */
  idempotencyKey?: string
}

export interface ClientSettings {
  base?: string
  fetch?: typeof fetch
  profileId?: () => string | null
  language?: () => string
  /** Called for every 401: the sign-in has ended somewhere else. */
  onSignedOut?: () => void
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export class Client {
  readonly #settings: ClientSettings

  constructor(settings: ClientSettings = {}) {
    this.#settings = settings
  }

  get = <T>(path: string, options?: CallOptions) => this.call<T>('GET', path, options)
  post = <T>(path: string, options?: CallOptions) => this.call<T>('POST', path, options)
  put = <T>(path: string, options?: CallOptions) => this.call<T>('PUT', path, options)
  patch = <T>(path: string, options?: CallOptions) => this.call<T>('PATCH', path, options)
  delete = <T>(path: string, options?: CallOptions) => this.call<T>('DELETE', path, options)

  async call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
    const { base = '/api/v1', fetch: ask = fetch } = this.#settings
    let answer: Response
    let text: string
    try {
      answer = await ask(base + path, {
        method,
        credentials: 'same-origin',
        headers: this.#headers(options),
        body: options.file ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
        signal: options.signal,
        keepalive: options.keepalive,
      })
      text = answer.status === 204 ? '' : await answer.text()
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw new Problem('aborted', 0)
      throw unreachable()
    }
    if (!answer.ok) {
      const problem = parseProblem(answer.status, answer.headers.get('content-type'), text)
      if (answer.status === 401) this.#settings.onSignedOut?.()
      throw problem
    }
    return unwrap<T>(text)
  }

  /** Ask one of the service's own signs of life, which stand outside the API and answer in plain words. */
  async probe(path: string): Promise<{ isOk: boolean; answer: string }> {
    const { fetch: ask = fetch } = this.#settings
    try {
      const answer = await ask(path, { credentials: 'same-origin', cache: 'no-store' })
      return { isOk: answer.ok, answer: (await answer.text()).trim() || String(answer.status) }
    } catch {
      throw unreachable()
    }
  }

  #headers(options: CallOptions): Record<string, string> {
    const headers: Record<string, string> = { accept: 'application/json' }
    const profile = this.#settings.profileId?.()
    const language = this.#settings.language?.()
    if (options.body !== undefined) headers['content-type'] = 'application/json'
    if (options.file) headers['content-type'] = options.file.type
    if (options.version !== undefined) headers['if-match'] = `"${options.version}"`
    if (profile) headers['x-matinee-profile'] = profile
    if (language) headers['accept-language'] = language
    if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey
    return headers
  }
}

function unwrap<T>(text: string): T {
  if (!text) return undefined as T
  let envelope: unknown
  try {
    envelope = JSON.parse(text)
  } catch {
    throw new Problem('unexpected', 200)
  }
  return (typeof envelope === 'object' && envelope !== null && 'data' in envelope ? envelope.data : envelope) as T
}

/** A key for one intention of the user; repeats of the same intention reuse it. `randomUUID` wants a secure context. */
export function idempotencyKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
