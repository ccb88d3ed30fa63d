// One playback session: from "play" to its end. Asks, beats, keeps the position, reports what happened.
//
//   idle -> starting -> active -> ended        `refused` when the service said no to the start,
//              \-> refused                     `stopped` when it ended the session from its side
//                         active -> stopped
//
// The network may go away at any moment and playback goes on: events wait here, and the last event time wins there.
import { Problem } from '../api/problem'
import type { Heartbeat, PlaybackEvent, PlaybackEventType, PlaybackPlan, PlayCommand, Position, SessionId } from '../api/types'

export type SessionState = 'idle' | 'starting' | 'active' | 'ended' | 'refused' | 'stopped'

/** The calls a session makes; `api/matinee` has them, tests have a service that holds state. */
export interface PlaybackDoor {
  play(command: PlayCommand): Promise<PlaybackPlan>
  heartbeat(id: SessionId, beat: Heartbeat): Promise<void>
  events(id: SessionId, events: PlaybackEvent[], keepalive?: boolean): Promise<void>
  position(id: SessionId, at: Position, keepalive?: boolean): Promise<void>
}

/** What the player looks like at this instant. */
export interface Reading {
  position_ms: number
  buffer_ms: number
  bitrate_kbps: number
}

export interface SessionSettings {
  door: PlaybackDoor
  deviceId: string
  now?: () => number
  every?: (ms: number, act: () => void) => () => void
  onState?: (state: SessionState, problem: Problem | null) => void
}

/** Kept while the service is silent: an hour of pausing and seeking fits, a week offline does not. */
const EVENTS_KEPT_MAX = 500
const EVENTS_PER_CALL_MAX = 100

export class PlaybackSession {
  readonly #settings: Required<Omit<SessionSettings, 'onState'>> & Pick<SessionSettings, 'onState'>
  #state: SessionState = 'idle'
  #problem: Problem | null = null
  #plan: PlaybackPlan | null = null
  #read: (() => Reading) | null = null
  #stopBeating: (() => void) | null = null
  #waiting: PlaybackEvent[] = []
  #sending = false

  constructor(settings: SessionSettings) {
    this.#settings = { now: Date.now, every: everyInterval, ...settings }
  }

  get state(): SessionState {
    return this.#state
  }
  get problem(): Problem | null {
    return this.#problem
  }
  get plan(): PlaybackPlan | null {
    return this.#plan
  }

  /** Ask to play. Throws the Problem that refused it; a second start of the same session is a mistake. */
  async start(command: PlayCommand): Promise<PlaybackPlan> {
    if (this.#state !== 'idle') throw new Error(`A session starts once; this one is ${this.#state}.`)
    this.#become('starting')
    let plan: PlaybackPlan
    try {
      plan = await this.#settings.door.play(command)
    } catch (error) {
      this.#become('refused', asProblem(error))
      throw error
    }
    this.#plan = plan
    // The viewer may have left while we asked; the slot is given back at once instead of after 45 s of silence.
    if (this.#stateNow() === 'ended') {
      void this.#settings.door.events(plan.session_id, [this.#event('stop', plan.resume_ms)], true).catch(ignore)
      return plan
    }
    this.#become('active')
    return plan
  }

  /** From now on the player can be read; the heart begins to beat. */
  attach(read: () => Reading): void {
    if (this.#state !== 'active' || !this.#plan) return
    this.#read = read
    this.#stopBeating?.()
    this.#stopBeating = this.#settings.every(this.#plan.heartbeat_s * 1000, () => void this.beat())
  }

  /** One heartbeat. Silence is tolerated; only a clear no ends the session. */
  async beat(): Promise<void> {
    const reading = this.#read?.()
    if (this.#state !== 'active' || !this.#plan || !reading) return
    try {
      await this.#settings.door.heartbeat(this.#plan.session_id, { ...rounded(reading), device_id: this.#settings.deviceId })
    } catch (error) {
      if (isFinal(error)) this.#stop(asProblem(error))
      return
    }
    await this.flush()
  }

  /** Something happened. Sent with the next heartbeat, or at once where it matters. */
  record(type: PlaybackEventType, more: Pick<PlaybackEvent, 'value' | 'detail' | 'pathway'> = {}): void {
    if (this.#state !== 'active') return
    this.#waiting.push({ ...this.#event(type), ...more })
    if (this.#waiting.length > EVENTS_KEPT_MAX) this.#waiting.shift()
  }

  /** Write down where the viewer is: on pause, after a seek, when the page hides. Outlives the page. */
  async keepPosition(): Promise<void> {
    const reading = this.#read?.()
    if (this.#state !== 'active' || !this.#plan || !reading) return
    await this.#settings.door.position(this.#plan.session_id, this.#whereabouts(reading), true).catch(ignore)
  }

  /** Send what waits, oldest first. What could not be sent waits on. */
  async flush(): Promise<void> {
    if (this.#sending || !this.#plan) return
    this.#sending = true
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, EVENTS_PER_CALL_MAX)
        await this.#settings.door.events(this.#plan.session_id, batch)
        this.#waiting.splice(0, batch.length)
      }
    } catch (error) {
      // A batch the service will never take must not block those behind it.
      if (error instanceof Problem && !error.isPassing) this.#waiting = []
    } finally {
      this.#sending = false
    }
  }

  /** The viewer leaves. Last position and the waiting events go out on requests that outlive the page. */
  end(): void {
    if (this.#state === 'ended') return
    const reading = this.#read?.()
    const wasActive = this.#state === 'active'
    if (wasActive) this.record('stop')
    this.#stopBeating?.()
    this.#become('ended', this.#problem)
    if (!wasActive || !this.#plan) return
    const { door } = this.#settings
    if (reading) void door.position(this.#plan.session_id, this.#whereabouts(reading), true).catch(ignore)
    const last = this.#waiting.splice(0)
    // Browsers let 64 KiB of keepalive bodies out at once; the newest events are the ones worth it.
    void door.events(this.#plan.session_id, last.slice(-EVENTS_PER_CALL_MAX), true).catch(ignore)
  }

  #stop(problem: Problem): void {
    this.#stopBeating?.()
    this.#become('stopped', problem)
  }

  #become(state: SessionState, problem: Problem | null = null): void {
    this.#state = state
    this.#problem = problem
    this.#settings.onState?.(state, problem)
  }

  // Read through a method, because the state may change while `start` awaits and TypeScript cannot know.
  #stateNow(): SessionState {
    return this.#state
  }

  #event(type: PlaybackEventType, position_ms = Math.round(this.#read?.().position_ms ?? this.#plan?.resume_ms ?? 0)): PlaybackEvent {
    return { type, position_ms, at: this.#instant() }
  }

  #whereabouts(reading: Reading): Position {
    return { position_ms: Math.round(reading.position_ms), at: this.#instant() }
  }

  #instant(): string {
    return new Date(this.#settings.now()).toISOString()
  }
}

/** The session is over for good: ended elsewhere, or unknown to the service, or the sign-in is gone. */
const isFinal = (error: unknown): boolean => error instanceof Problem && [401, 403, 404, 409, 410].includes(error.status)

const asProblem = (error: unknown): Problem => (error instanceof Problem ? error : new Problem('unexpected', 500))

const rounded = (reading: Reading): Reading => ({
  position_ms: Math.round(reading.position_ms), buffer_ms: Math.round(reading.buffer_ms), bitrate_kbps: Math.round(reading.bitrate_kbps),
})

const ignore = (): void => undefined

function everyInterval(ms: number, act: () => void): () => void {
  const timer = setInterval(act, ms)
  return () => clearInterval(timer)
}
