import { describe, expect, test } from 'vitest'
import { Client } from '../api/client'
import { matinee } from '../api/matinee'
import { PlaybackSession, type SessionSettings } from './session'

/** A service behind `fetch` that remembers: sessions, where each one is, what it was told. */
class Service {
  sessions = new Map<string, { open: boolean; position_ms: number; beats: number; events: string[] }>()
  streamsMax = 1
  reachable = true
  #next = 1

  readonly fetch = (async (url: string, init: RequestInit) => {
    if (!this.reachable) throw new TypeError('Failed to fetch')
    const body = JSON.parse(String(init.body)) as never
    const [, id, verb] = /sessions\/([^/]+)\/(\w+)/.exec(url) ?? []
    return id ? this.#inSession(id, verb ?? '', body) : this.#play()
  }) as typeof fetch

  endElsewhere(): void {
    for (const session of this.sessions.values()) session.open = false
  }

  get only() {
    const [session] = this.sessions.values()
    if (!session) throw new Error('no session was opened')
    return session
  }

  #play(): Response {
    const open = [...this.sessions.values()].filter((session) => session.open).length
    if (open >= this.streamsMax) return problem(409, 'too-many-streams', 'Your plan plays on 1 screen at a time.')
    const session_id = `s${this.#next++}`
    this.sessions.set(session_id, { open: true, position_ms: 5_000, beats: 0, events: [] })
    const data = { session_id, title: { id: 't', name: 'T' }, manifests: { dash: '/d', hls: '/h' }, drm: { systems: [], license_urls: {}, token: 't' }, resume_ms: 5_000, duration_ms: 60_000, markers: [], heartbeat_s: 10, thumbnails: null }
    return new Response(JSON.stringify({ data, meta: {} }), { status: 201, headers: { 'content-type': 'application/json' } })
  }

  #inSession(id: string, verb: string, body: { position_ms: number } & { type: string }[]): Response {
    const session = this.sessions.get(id)
    if (!session?.open) return problem(409, 'session-ended', 'Another device started.')
    if (verb === 'heartbeat') session.beats += 1
    if (verb === 'events') {
      session.events.push(...body.map((event) => event.type))
      if (session.events.includes('stop')) session.open = false
    } else session.position_ms = body.position_ms
    return new Response(null, { status: 204 })
  }
}

const problem = (status: number, kind: string, detail: string) =>
  new Response(JSON.stringify({ type: `https://matinee.invalid/problems/${kind}`, status, detail }), { status, headers: { 'content-type': 'application/problem+json' } })

const COMMAND = { title_id: 't', profile_id: 'p', device: { type: 'web' as const, codecs: [], drm: [], max_height: 1080, hdr: false, audio: [] } }

function open(settings: Partial<SessionSettings> = {}) {
  const service = new Service()
  const ticks: (() => void)[] = []
  const states: string[] = []
  const session = new PlaybackSession({
    door: matinee(new Client({ fetch: service.fetch })).playback, deviceId: 'd', now: () => 0,
    every: (_, act) => (ticks.push(act), () => void ticks.splice(ticks.indexOf(act), 1)),
    onState: (state) => states.push(state), ...settings,
  })
  let position_ms = 5_000
  const read = () => ({ position_ms, buffer_ms: 9_000.4, bitrate_kbps: 800 })
  return { service, session, ticks, states, read, moveTo: (ms: number) => (position_ms = ms) }
}

const settled = () => new Promise((resolve) => setTimeout(resolve))

describe('a playback session', () => {
  test('goes from idle over starting to active, and says where to resume', async () => {
    const { session, states } = open()
    const plan = await session.start(COMMAND)
    expect(plan.resume_ms).toBe(5_000)
    expect(states).toEqual(['starting', 'active'])
  })

  test('that is refused keeps the reason', async () => {
    const { session, service } = open()
    service.streamsMax = 0
    await expect(session.start(COMMAND)).rejects.toMatchObject({ kind: 'too-many-streams' })
    expect(session.state).toBe('refused')
    expect(session.problem?.detail).toBe('Your plan plays on 1 screen at a time.')
  })

  test('starts only once', async () => {
    const { session } = open()
    await session.start(COMMAND)
    await expect(session.start(COMMAND)).rejects.toThrow('starts once')
  })

  test('beats with its position, and events ride along in order', async () => {
    const { session, service, read, ticks, moveTo } = open()
    await session.start(COMMAND)
    session.attach(read)
    session.record('play')
    session.record('seek')
    moveTo(12_345.6)
    ticks[0]?.()
    await settled()
    expect(service.only).toMatchObject({ beats: 1, position_ms: 12_346, events: ['play', 'seek'] })
  })

  test('survives a silent network and sends what waited afterwards', async () => {
    const { session, service, read } = open()
    await session.start(COMMAND)
    session.attach(read)
    service.reachable = false
    session.record('pause')
    await session.beat()
    await session.keepPosition()
    expect(session.state).toBe('active')
    service.reachable = true
    await session.beat()
    expect(service.only.events).toEqual(['pause'])
  })

  test('stops with the sentence when it was ended elsewhere, and its heart stops too', async () => {
    const { session, service, read, ticks } = open()
    await session.start(COMMAND)
    session.attach(read)
    service.endElsewhere()
    await session.beat()
    expect(session.state).toBe('stopped')
    expect(session.problem?.detail).toBe('Another device started.')
    expect(ticks).toHaveLength(0)
  })

  test('keeps the position when the viewer pauses', async () => {
    const { session, service, read, moveTo } = open()
    await session.start(COMMAND)
    session.attach(read)
    moveTo(31_000)
    await session.keepPosition()
    expect(service.only.position_ms).toBe(31_000)
  })

  test('gives its slot back when it ends, once', async () => {
    const { session, service, read, ticks, moveTo } = open()
    await session.start(COMMAND)
    session.attach(read)
    moveTo(40_000)
    session.end()
    session.end()
    await settled()
    expect(service.only).toMatchObject({ open: false, position_ms: 40_000, events: ['stop'] })
    expect(ticks).toHaveLength(0)
  })

  test('left while still starting gives its slot back as well', async () => {
    const { session, service } = open()
    const starting = session.start(COMMAND)
    session.end()
    await starting
    await settled()
    expect(session.state).toBe('ended')
    expect(service.only.open).toBe(false)
  })
})
