// A film being watched, as state the page can draw: ties the session (service), the engine (bytes) and the element together.
import { idempotencyKey } from '../../api/client'
import { Problem } from '../../api/problem'
import type { PlaybackPlan } from '../../api/types'
import { service } from '../../app/service'
import { describeDevice, deviceId, thisBrowser } from '../../player/device'
import { Engine, type AudioChoice, type Figures, type ManifestKind, type Rung, type TextChoice } from '../../player/engine'
import { problemOf } from '../../player/failures'
import { LicenseToken } from '../../player/license-token'
import { PlaybackSession } from '../../player/session'
import { measureStart } from '../../player/start-time'
import { clamp, creditsStart, skippable } from '../../player/timeline'
import { NOT_WINDING, windFurther, type Winding } from '../../player/winding'
import { habits, keepHabits } from './habits'

declare global {
  interface Window {
    /** For tests and for whoever looks into a film that does not play. */
    matinee?: { player: Engine['player']; video: HTMLVideoElement; startMs: number | null }
  }
}

const BEGINNING_S = 0.2
/** What the media may be longer or shorter than the film before the player believes the media. */
const SAME_LENGTH_MS = 1_000

export type Phase = 'starting' | 'ready' | 'refused' | 'stopped'

export class Playback {
  phase = $state<Phase>('starting')
  problem = $state.raw<Problem | null>(null)
  plan = $state.raw<PlaybackPlan | null>(null)
  isPaused = $state(true)
  isBuffering = $state(false)
  hasBegun = $state(false)
  hasEnded = $state(false)
  needsGesture = $state(false)
  position_ms = $state(0)
  duration_ms = $state(0)
  buffered = $state.raw<[number, number][]>([])
  volume = $state(1)
  isMuted = $state(false)
  rate = $state(1)
  winding = $state<Winding>(NOT_WINDING)
  audio = $state.raw<AudioChoice[]>([])
  text = $state.raw<TextChoice[]>([])
  rungs = $state.raw<Rung[]>([])
  rungChoice = $state<number | 'auto'>('auto')
  start_ms = $state<number | null>(null)

  readonly skip = $derived(this.plan ? skippable(this.plan.markers, this.position_ms) : null)
  readonly credits_ms = $derived(creditsStart(this.plan?.markers ?? [], this.duration_ms))
  readonly isInCredits = $derived(this.hasEnded || (this.duration_ms > 0 && this.hasBegun && this.position_ms >= this.credits_ms && this.credits_ms < this.duration_ms))
  readonly captions = $derived(this.text.find((track) => track.active) ?? null)
  readonly rungNow = $derived(this.rungs.find((rung) => rung.active) ?? null)

  readonly #titleId: string
  readonly #profileId: string
  readonly #kind: ManifestKind
  readonly #video: HTMLVideoElement
  readonly #stage: HTMLElement
  #session: PlaybackSession | null = null
  #engine: Engine | null = null
  #isLoaded = false
  #isOver = false
  #rebufferFrom: number | null = null
  #offs: (() => void)[] = []

  constructor(settings: { titleId: string; profileId: string; kind: ManifestKind; video: HTMLVideoElement; stage: HTMLElement }) {
    this.#titleId = settings.titleId
    this.#profileId = settings.profileId
    this.#kind = settings.kind
    this.#video = settings.video
    this.#stage = settings.stage
    const { volume, isMuted } = habits()
    this.#video.volume = volume
    this.#video.muted = isMuted
    this.#follow()
  }

  /** Ask, load, play. Never awaits `video.play()`: a refused license leaves that promise hanging for ever. */
  async start({ endOldest = false } = {}): Promise<void> {
    this.phase = 'starting'
    this.problem = null
    const session = new PlaybackSession({
      door: service.playback, deviceId: deviceId(localStorage, idempotencyKey),
      onState: (state, problem) => state === 'stopped' && this.#fail('stopped', problem ?? new Problem('session-ended', 409)),
    })
    this.#session = session
    try {
      // The plan and the engine's code travel at the same time.
      const [plan, engine] = await Promise.all([
        session.start({ title_id: this.#titleId, profile_id: this.#profileId, device: describeDevice(screen, devicePixelRatio, thisBrowser), ...(endOldest ? { on_limit: 'end_oldest' as const } : {}) }),
        this.#engine ?? Engine.create(this.#kind, this.#video, this.#stage, {
          onFailure: (problem) => this.#fail('refused', problem), onBuffering: (is) => this.#buffering(is), onTracks: () => this.#readTracks(),
          onRung: (rung) => this.#session?.record('bitrate', { value: rung.bitrate_kbps, detail: `${rung.height}p` }),
          onFailing: ({ pathway, reason }) => {
            this.#session?.record('error', { detail: reason, pathway })
            void this.#session?.flush()
          },
        }),
      ])
      if (this.#isOver) return void (session.end(), await engine.destroy())
      this.#engine = engine
      this.plan = plan
      this.duration_ms = plan.duration_ms
      this.position_ms = plan.resume_ms
      window.matinee = { player: engine.player, video: this.#video, startMs: null }
      session.attach(() => this.#reading())
      this.#offs.push(measureStart(this.#video, (ms) => this.#firstFrame(ms)))
      engine.preferAudio(habits().audio)
      engine.preferText(habits().captions)
      const loading = engine.load(plan, this.#kind, new LicenseToken(plan.drm.token, () => service.playback.token(plan.session_id)))
      this.play()
      await loading
      if (this.#isOver) return
      this.#isLoaded = true
      this.#readTracks()
      const { captions } = habits()
      if (captions) this.chooseText(this.text.find((track) => track.language === captions)?.id ?? null, { keep: false })
      if (this.phase === 'starting') this.phase = 'ready'
    } catch (error) {
      this.#fail('refused', problemOf(error))
    }
  }

  play(): void {
    this.hasEnded = false
    this.#video.play().then(
      () => (this.needsGesture = false),
      (error: unknown) => {
        if (error instanceof DOMException && error.name === 'NotAllowedError') this.needsGesture = true
      },
    )
  }

  toggle(): void {
    if (this.winding !== NOT_WINDING) return this.stopWinding()
    if (this.#video.paused) this.play()
    else this.#video.pause()
  }

  seek(to_ms: number): void {
    this.stopWinding()
    const to = clamp(to_ms, 0, Math.max(0, this.duration_ms - 100))
    this.#video.currentTime = to / 1000
    this.position_ms = to
    if (to < this.duration_ms - 500) this.hasEnded = false
  }

  step(by_ms: number): void {
    this.seek(this.position_ms + by_ms)
  }

  wind(direction: 1 | -1): void {
    if (!this.#engine || !this.#isLoaded || this.hasEnded) return
    this.winding = windFurther(this.winding, direction)
    this.#engine.wind(this.winding)
    this.play()
  }

  /** On at the pace from before. */
  stopWinding(): void {
    if (this.winding === NOT_WINDING) return
    const { rate } = this
    this.#engine?.wind(NOT_WINDING)
    this.winding = NOT_WINDING
    this.setRate(rate)
  }

  skipMarker(): void {
    if (this.skip) this.seek(this.skip.end_ms)
  }

  setVolume(volume: number): void {
    this.#video.volume = clamp(volume, 0, 1)
    if (volume > 0) this.#video.muted = false
  }

  toggleMute(): void {
    this.#video.muted = !this.#video.muted
  }

  setRate(rate: number): void {
    this.#video.playbackRate = rate
  }

  chooseAudio(key: string): void {
    this.#engine?.chooseAudio(key)
    this.#readTracks()
    keepHabits({ audio: this.audio.find((track) => track.key === key)?.language ?? null })
  }

  chooseText(id: number | null, { keep = true } = {}): void {
    this.#engine?.chooseText(id)
    this.#readTracks()
    const language = this.text.find((track) => track.id === id)?.language ?? null
    if (keep) keepHabits({ captions: language, ...(language ? { captionsLast: language } : {}) })
  }

  /** On with the language last used, else the reader's, else the first. */
  toggleCaptions(language: string): void {
    if (this.captions) return this.chooseText(null)
    const find = (tag: string | null) => this.text.find((track) => tag !== null && track.language.split('-')[0] === tag.split('-')[0])
    this.chooseText((find(habits().captionsLast) ?? find(language) ?? this.text[0])?.id ?? null)
  }

  chooseRung(height: number | 'auto'): void {
    this.rungChoice = height
    this.#engine?.chooseRung(height)
    this.#readTracks()
  }

  figures(): Figures | null {
    return this.#engine?.figures() ?? null
  }

  async end(): Promise<void> {
    this.#isOver = true
    for (const off of this.#offs.splice(0)) off()
    this.#session?.end()
    delete window.matinee
    await this.#engine?.destroy()
  }

  #fail(phase: 'refused' | 'stopped', problem: Problem): void {
    if (this.#isOver || this.phase === 'refused' || this.phase === 'stopped') return
    this.hasBegun = false
    this.#session?.record('error', { detail: [problem.kind, problem.members['engine_code']].filter(Boolean).join(' ') })
    this.phase = phase
    this.problem = problem
    this.#video.pause()
    if (phase === 'refused') this.#session?.end()
    void this.#engine?.unload()
    this.#isLoaded = false
  }

  #firstFrame(ms: number): void {
    this.start_ms = ms
    this.hasBegun = true
    if (window.matinee) window.matinee.startMs = ms
    this.#session?.record('startup', { value: Math.round(ms) })
  }

  #buffering(is: boolean): void {
    this.isBuffering = is
    if (is && this.hasBegun && !this.#video.seeking) this.#rebufferFrom = performance.now()
    if (!is && this.#rebufferFrom !== null) {
      this.#session?.record('rebuffer', { value: Math.round(performance.now() - this.#rebufferFrom) })
      this.#rebufferFrom = null
    }
  }

  /** Before the film is loaded the element says zero; the viewer is where they left off. */
  #reading() {
    const figures = this.#isLoaded ? this.figures() : null
    return {
      position_ms: this.#isLoaded ? this.#video.currentTime * 1000 : this.position_ms,
      buffer_ms: figures?.buffer_ms ?? 0, bitrate_kbps: figures?.bitrate_kbps ?? 0,
    }
  }

  #readTracks(): void {
    if (!this.#engine || this.#isOver) return
    this.audio = this.#engine.audio()
    this.text = this.#engine.text()
    this.rungs = this.#engine.rungs()
  }

  #follow(): void {
    const video = this.#video
    const on = (target: EventTarget, type: string, act: () => void) => {
      target.addEventListener(type, act)
      this.#offs.push(() => target.removeEventListener(type, act))
    }
    const note = (type: 'play' | 'pause' | 'seek') => {
      if (!this.#isLoaded) return
      this.#session?.record(type)
      if (type !== 'play') void this.#session?.keepPosition()
    }
    on(video, 'play', () => ((this.isPaused = false), note('play')))
    on(video, 'pause', () => ((this.isPaused = true), note('pause')))
    // Winding back is a row of small jumps, of which nobody wants to hear.
    on(video, 'seeked', () => this.hasBegun && this.winding === NOT_WINDING && note('seek'))
    on(video, 'ended', () => (this.stopWinding(), (this.hasEnded = true), (this.position_ms = this.duration_ms)))
    on(video, 'timeupdate', () => this.#isLoaded && !video.seeking && (this.position_ms = video.currentTime * 1000))
    // A sound track that goes on for a moment makes the media longer than the film, whose page then said another length.
    on(video, 'durationchange', () => {
      const found_ms = video.duration * 1000
      if (Number.isFinite(found_ms) && found_ms > 0 && Math.abs(found_ms - (this.plan?.duration_ms ?? 0)) > SAME_LENGTH_MS) this.duration_ms = found_ms
    })
    on(video, 'timeupdate', () => this.winding < 0 && video.currentTime < BEGINNING_S && this.stopWinding())
    on(video, 'ratechange', () => this.winding === NOT_WINDING && (this.rate = video.playbackRate || this.rate))
    on(video, 'volumechange', () => {
      this.volume = video.volume
      this.isMuted = video.muted
      keepHabits({ volume: video.volume, isMuted: video.muted })
    })
    for (const type of ['progress', 'timeupdate', 'seeked']) on(video, type, () => (this.buffered = ranges(video.buffered)))
    on(document, 'visibilitychange', () => document.hidden && void this.#session?.keepPosition())
    on(window, 'pagehide', () => this.#session?.end())
    on(window, 'online', () => void this.#session?.beat())
    this.volume = video.volume
    this.isMuted = video.muted
  }
}

const ranges = (buffered: TimeRanges): [number, number][] =>
  Array.from({ length: buffered.length }, (_, i) => [buffered.start(i) * 1000, buffered.end(i) * 1000])
