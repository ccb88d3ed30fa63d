// Shaka Player behind a door of our own words: load a plan, choose tracks, read figures, hear of failures.
import type shaka from 'shaka-player/dist/shaka-player.compiled-es2021.js'
import type { PlaybackPlan } from '../api/types'
import { drmConfiguration, mayCarryToken } from './eme'
import { isInterruption, problemOf } from './failures'
import { Problem } from '../api/problem'
import { Witness, type DownloadFailed, type Failing } from './blame'
import { Telling, type Wanted } from './cmcd'
import { Patience, PATIENT, TRIES_MAX } from './patience'
import { NOT_WINDING, type Winding } from './winding'
import { watchForMissingKey } from './key-watch'
import type { LicenseToken } from './license-token'

export type ManifestKind = 'dash' | 'hls'
type Shaka = typeof shaka

export interface AudioChoice {
  key: string
  language: string
  label: string | null
  described: boolean
  active: boolean
}

export interface TextChoice {
  id: number
  language: string
  label: string | null
  kind: string | null
  active: boolean
}

export interface Rung {
  height: number
  bitrate_kbps: number
  active: boolean
}

export interface Figures {
  width: number
  height: number
  bitrate_kbps: number
  throughput_kbps: number
  buffer_ms: number
  frames: number
  framesDropped: number
  codecs: string
  keySystem: string
  edge: string
}

export interface EngineEvents {
  onFailure?: (problem: Problem) => void
  onBuffering?: (isBuffering: boolean) => void
  onTracks?: () => void
  onRung?: (rung: { height: number; bitrate_kbps: number }) => void
  /** A pathway failed at what another one then did. */
  onFailing?: (failing: Failing) => void
}

// DASH needs a build that is a quarter smaller; HLS (asked for by address, or by Apple's key system) gets the full one.
const builds = {
  dash: () => import('shaka-player/dist/shaka-player.dash-es2021.js') as unknown as Promise<{ default: Shaka }>,
  hls: () => import('shaka-player/dist/shaka-player.compiled-es2021.js'),
}

/** Have the engine in the cache before someone presses play. */
export const warmUp = (): Promise<unknown> => builds.dash()

const BUFFERING_GOAL_S = 30
const REBUFFERING_GOAL_S = 1
const BUFFER_BEHIND_S = 30

export class Engine {
  readonly player: shaka.Player
  readonly video: HTMLVideoElement
  readonly #shaka: Shaka
  #edge = ''
  readonly #patience = new Patience()
  readonly #witness = new Witness()
  #telling: Telling | null = null
  #plan: PlaybackPlan | null = null
  #token: LicenseToken | null = null
  #stopKeyWatch: (() => void) | null = null

  private constructor(library: Shaka, video: HTMLVideoElement, events: EngineEvents) {
    this.#shaka = library
    this.video = video
    this.player = new library.Player()
    this.#listen(events)
  }

  /** An engine on this element, its subtitles drawn into `stage`. */
  static async create(kind: ManifestKind, video: HTMLVideoElement, stage: HTMLElement, events: EngineEvents): Promise<Engine> {
    const { default: library } = await builds[kind]()
    library.polyfill.installAll()
    if (!library.Player.isBrowserSupported()) throw problemOf({ code: 4032, category: 4, data: [] })
    const engine = new Engine(library, video, events)
    engine.player.setVideoContainer(stage)
    await engine.player.attach(video)
    return engine
  }

  /** Load and stand at the resume point. Settles when the film can begin, throws a Problem when it cannot. */
  async load(plan: PlaybackPlan, kind: ManifestKind, token: LicenseToken): Promise<void> {
    this.#plan = plan
    this.#token = token
    this.#telling = new Telling({ session: plan.session_id, title: plan.title.id, kind })
    this.player.configure({
      drm: drmConfiguration(plan),
      streaming: {
        bufferingGoal: BUFFERING_GOAL_S, rebufferingGoal: REBUFFERING_GOAL_S, bufferBehind: BUFFER_BEHIND_S, preferNativeHls: false,
        retryParameters: { maxAttempts: TRIES_MAX, baseDelay: 200, backoffFactor: 1.5, timeout: 20_000, ...PATIENT },
      },
      manifest: { retryParameters: { maxAttempts: 3, baseDelay: 300, backoffFactor: 2, timeout: 15_000 } },
    })
    try {
      await this.player.load(plan.manifests[kind], plan.resume_ms > 0 ? plan.resume_ms / 1000 : null)
    } catch (error) {
      if (isInterruption(error)) return
      throw problemOf(error)
    }
  }

  /** Which language to begin with; null leaves it to the film. */
  preferAudio(language: string | null): void {
    this.player.configure({ preferredAudio: language ? [{ language }] : [] })
  }

  /** Subtitles to begin with. Before loading: over HLS, Shaka shows none that are chosen once the film is buffered to its end. */
  preferText(language: string | null): void {
    this.player.configure({ preferredText: language ? [{ language }] : [] })
  }

  audio(): AudioChoice[] {
    return this.player.getAudioTracks().map((track) => ({
      key: audioKey(track), language: track.language, label: track.label, active: track.active, described: isDescribed(track.roles, track.label),
    }))
  }

  chooseAudio(key: string): void {
    const track = this.player.getAudioTracks().find((each) => audioKey(each) === key)
    if (track) this.player.selectAudioTrack(track)
  }

  text(): TextChoice[] {
    return this.player.getTextTracks().filter((track) => !track.forced)
      .map((track) => ({ id: track.id, language: track.language, label: track.label, kind: track.kind, active: track.active }))
  }

  chooseText(id: number | null): void {
    this.player.selectTextTrack(id === null ? null : (this.player.getTextTracks().find((track) => track.id === id) ?? null))
  }

  /** The rungs of the current audio, tallest first, one per height. */
  rungs(): Rung[] {
    const byHeight = new Map<number, Rung>()
    for (const track of this.player.getVideoTracks()) {
      const rung = { height: track.height ?? 0, bitrate_kbps: Math.round(track.bandwidth / 1000), active: track.active }
      const known = byHeight.get(rung.height)
      if (!known || rung.active || (!known.active && rung.bitrate_kbps > known.bitrate_kbps)) byHeight.set(rung.height, rung)
    }
    return [...byHeight.values()].sort((a, b) => b.height - a.height)
  }

  /** Hold one picture height, or hand the choice back to the rule. */
  chooseRung(height: number | 'auto'): void {
    this.player.configure('abr.enabled', height === 'auto')
    if (height === 'auto') return
    const tracks = this.player.getVideoTracks().filter((track) => track.height === height).sort((a, b) => b.bandwidth - a.bandwidth)
    if (tracks[0]) this.player.selectVideoTrack(tracks[0], true)
  }

  /** Faster than sound: what is not buffered yet is fetched as key frames alone. */
  wind(pace: Winding): void {
    if (pace === NOT_WINDING) this.player.cancelTrickPlay()
    else this.player.trickPlay(pace)
  }

  figures(): Figures {
    const stats = this.player.getStats()
    const quality = this.video.getVideoPlaybackQuality()
    return {
      width: stats.width || this.video.videoWidth, height: stats.height || this.video.videoHeight,
      bitrate_kbps: (stats.streamBandwidth || 0) / 1000, throughput_kbps: (stats.estimatedBandwidth || 0) / 1000,
      buffer_ms: bufferAhead(this.video) * 1000, frames: quality.totalVideoFrames, framesDropped: quality.droppedVideoFrames,
      codecs: stats.currentCodecs || '', keySystem: this.player.keySystem() || '', edge: this.#edge,
    }
  }

  async unload(): Promise<void> {
    await this.player.unload().catch(() => undefined)
  }

  async destroy(): Promise<void> {
    this.#stopKeyWatch?.()
    await this.player.destroy()
  }

  #listen({ onFailure, onBuffering, onTracks, onRung, onFailing }: EngineEvents): void {
    const on = (type: string, act: (event: Event & { detail?: unknown; buffering?: boolean }) => void) => this.player.addEventListener(type, act as (event: Event) => void)
    // `play()` may never settle when a license is refused: this event is where failures are heard.
    on('error', (event) => {
      const error = event.detail as { severity?: number } | undefined
      if (error?.severity === this.#shaka.util.Error.Severity.CRITICAL) onFailure?.(problemOf(error))
    })
    this.#stopKeyWatch = watchForMissingKey(this.video, () => onFailure?.(new Problem('license-refused', 403, '', { engine_code: 'no-key' })))
    on('buffering', (event) => {
      this.#wait(event.buffering === true)
      onBuffering?.(event.buffering === true)
    })
    on('downloadfailed', (event) => this.#witness.note(event as unknown as DownloadFailed))
    for (const type of ['trackschanged', 'variantchanged', 'textchanged', 'adaptation', 'audiotrackschanged']) on(type, () => onTracks?.())
    const tell = () => {
      const active = this.player.getVideoTracks().find((track) => track.active)
      if (active) onRung?.({ height: active.height ?? 0, bitrate_kbps: Math.round(active.bandwidth / 1000) })
    }
    on('adaptation', tell)
    on('variantchanged', tell)
    const network = this.player.getNetworkingEngine()
    const { RequestType } = this.#shaka.net.NetworkingEngine
    // Asked before each try of a request.
    network?.registerRequestFilter((type, request) => {
      if (type === RequestType.SEGMENT) Object.assign(request.retryParameters, this.#patience.at(request.attempt, request.uris.length))
    })
    network?.registerRequestFilter((type, request, context) => {
      if (type !== RequestType.SEGMENT || !this.#telling) return
      const wanted = wantedBy(context, this.#shaka.net.NetworkingEngine.AdvancedRequestType.INIT_SEGMENT)
      request.uris = this.#telling.told(request.uris, wanted, wanted.kind === 'video' || wanted.kind === 'audio' ? bufferAhead(this.video) * 1000 : null)
    })
    network?.registerRequestFilter(async (type, request) => {
      if (!this.#plan || !this.#token || (type !== RequestType.LICENSE && type !== RequestType.KEY)) return
      const [url] = request.uris
      if (url && mayCarryToken(url, this.#plan, location.href)) request.headers['Authorization'] = `Bearer ${await this.#token.current()}`
    })
    network?.registerResponseFilter((type, response) => {
      if (type === RequestType.MANIFEST) this.#witness.read(response.originalUri, new TextDecoder().decode(response.data))
      if (type !== RequestType.SEGMENT || !response.uri || response.uri.startsWith('data:')) return
      this.#edge = new URL(response.uri, location.href).host
      for (const failing of this.#witness.failing(response.originalRequest)) onFailing?.(failing)
      if (response.timeMs === undefined || response.fromCache) return
      this.#patience.learn(response.timeMs)
      this.#telling?.learn(response.uri, response.data.byteLength, response.timeMs)
    })
  }

  #wait(isWaiting: boolean): void {
    if (!this.#telling) return
    this.#telling.isWaiting = isWaiting
    if (isWaiting && this.video.played.length > 0 && !this.video.seeking) this.#telling.starve()
  }
}

function wantedBy(context: shaka.extern.RequestContext | undefined, init: number): Wanted {
  const { stream, segment } = context ?? {}
  return {
    kind: stream?.type ?? '', mimeType: stream?.mimeType ?? '', isInit: context?.type === init,
    bitrate_kbps: (stream?.bandwidth ?? 0) / 1000, length_ms: segment ? (segment.getEndTime() - segment.getStartTime()) * 1000 : 0,
  }
}

const audioKey = (track: { language: string; label: string | null; roles: string[]; channelsCount: number | null }): string =>
  [track.language, track.label ?? '', track.roles.join('+'), track.channelsCount ?? ''].join('|')

// DASH's role, or what HLS says of the same.
const DESCRIBED = ['description', 'public.accessibility.describes-video']
const isDescribed = (roles: string[], label: string | null): boolean => roles.some((role) => DESCRIBED.includes(role)) || /audio description/i.test(label ?? '')

/** Seconds that can play on from here without the network. */
export function bufferAhead(video: HTMLVideoElement): number {
  const { buffered, currentTime } = video
  for (let i = 0; i < buffered.length; i += 1)
    if (currentTime >= buffered.start(i) - 0.1 && currentTime <= buffered.end(i)) return buffered.end(i) - currentTime
  return 0
}
