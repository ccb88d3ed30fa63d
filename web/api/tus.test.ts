import { describe, expect, test } from 'vitest'
import { Problem } from './problem'
import { abandon, send, type Line, type Memory, type Sendable } from './tus'

const PLACE = '/api/v1/content/uploads/u1'

/** A service that keeps what arrives, and does what a test says before it answers. */
class Service {
  bytes = new Uint8Array()
  isKnown = false
  readonly asked: string[] = []
  readonly faults: ((method: string) => Response | 'cut' | 'lost' | undefined)[] = []

  fetch = (async (url: string, init: RequestInit) => {
    const method = init.method ?? 'GET'
    this.asked.push(method)
    const fault = this.faults[0]?.(method)
    if (fault !== undefined) this.faults.shift()
    if (fault === 'cut') throw new TypeError('fetch failed')
    if (fault instanceof Response) return fault
    const answer = await this.#answer(method, url, init)
    if (fault === 'lost') throw new TypeError('fetch failed')
    return answer
  }) as typeof fetch

  async #answer(method: string, url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers)
    const now = () => ({ 'upload-offset': String(this.bytes.length) })
    if (method === 'POST') {
      this.isKnown = true
      this.bytes = new Uint8Array()
      return new Response(null, { status: 201, headers: { ...now(), location: PLACE } })
    }
    if (!this.isKnown || url !== PLACE) return new Response('{}', { status: 404 })
    if (method === 'DELETE') this.isKnown = false
    if (method === 'PATCH') {
      if (Number(headers.get('upload-offset')) !== this.bytes.length) return new Response('{}', { status: 409 })
      const part = new Uint8Array(await (init.body as Blob).arrayBuffer())
      this.bytes = new Uint8Array([...this.bytes, ...part])
    }
    return new Response(null, { status: 204, headers: now() })
  }
}

function remembering(): Memory & { kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) }
}

function fileOf(text: string, name = 'film ü.mov'): Sendable {
  const blob = new Blob([text])
  return { name, size: blob.size, lastModified: 7, slice: (start, end) => blob.slice(start, end) }
}

function line(service: Service, more: Partial<Line> = {}): Line & { waits: number[] } {
  const waits: number[] = []
  return { memory: remembering(), fetch: service.fetch, partBytes: 4, wait: async (ms) => void waits.push(ms), waits, ...more }
}

const TEXT = 'ten bytes.'
const kept = (service: Service) => new TextDecoder().decode(service.bytes)

describe('a file on its way in', () => {
  test('arrives part by part, and says how far it is', async () => {
    const service = new Service()
    const seen: number[] = []
    expect(await send(fileOf(TEXT), line(service, { onprogress: (sent) => seen.push(sent) }))).toBe(PLACE)
    expect(kept(service)).toBe(TEXT)
    expect(seen).toEqual([0, 4, 8, 10])
    expect(service.asked).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH'])
  })

  test('goes on after a cut line, from what the service has', async () => {
    const service = new Service()
    const silences: boolean[] = []
    service.faults.push((method) => (method === 'PATCH' ? 'lost' : undefined), (method) => (method === 'HEAD' ? 'cut' : undefined))
    const over = line(service, { onsilence: (isSilent) => silences.push(isSilent) })
    await send(fileOf(TEXT), over)
    expect(kept(service)).toBe(TEXT)
    expect(over.waits).toEqual([1000, 2000])
    expect(silences).toEqual([true, true, false])
  })

  test('waits while the service has no room, and does not wait forever longer', async () => {
    const service = new Service()
    for (let i = 0; i < 7; i += 1) service.faults.push(() => new Response('{}', { status: 507 }))
    const over = line(service)
    await send(fileOf(TEXT), over)
    expect(over.waits).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000])
  })

  test('goes on where it was when the same file is chosen again', async () => {
    const service = new Service()
    const [memory, stop] = [remembering(), new AbortController()]
    const first = send(fileOf(TEXT), line(service, { memory, signal: stop.signal, onprogress: (sent) => sent === 4 && stop.abort(), fetch: gated(service, stop) }))
    await expect(first).rejects.toMatchObject({ kind: 'aborted' })
    expect(kept(service)).toBe(TEXT.slice(0, 4))
    service.asked.length = 0
    await send(fileOf(TEXT), line(service, { memory }))
    expect(kept(service)).toBe(TEXT)
    expect(service.asked).toEqual(['HEAD', 'PATCH', 'PATCH'])
  })

  test('is begun anew when the service has forgotten it, but not without end', async () => {
    const service = new Service()
    const memory = remembering()
    await send(fileOf(TEXT), line(service, { memory }))
    service.isKnown = false
    await send(fileOf(TEXT), line(service, { memory }))
    expect(kept(service)).toBe(TEXT)
    const forgetful = new Service()
    for (let i = 0; i < 9; i += 1) forgetful.faults.push((method) => (method === 'PATCH' ? new Response('{}', { status: 404 }) : undefined))
    await expect(send(fileOf(TEXT), line(forgetful))).rejects.toMatchObject({ status: 404 })
  })

  test('ends with the service’s sentence where trying again helps nobody', async () => {
    const service = new Service()
    service.faults.push(() => new Response('{"detail":"Only operators may do this."}', { status: 403, headers: { 'content-type': 'application/problem+json' } }))
    const failure = await send(fileOf(TEXT), line(service)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Problem)
    expect((failure as Problem).detail).toBe('Only operators may do this.')
  })

  test('that is given up is forgotten on both sides', async () => {
    const service = new Service()
    const memory = remembering()
    await send(fileOf(TEXT), line(service, { memory }))
    await abandon(fileOf(TEXT), line(service, { memory }))
    expect(service.isKnown).toBe(false)
    expect(memory.kept.size).toBe(0)
  })
})

/** As the browser does it: whoever has said stop is not asked for more. */
function gated(service: Service, stop: AbortController): typeof fetch {
  return ((url: string, init: RequestInit) => {
    if (stop.signal.aborted) return Promise.reject(new DOMException('stopped', 'AbortError'))
    return service.fetch(url, init)
  }) as typeof fetch
}
