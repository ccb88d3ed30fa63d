// The one parcel under way. It lives as long as the console is open, so other pages can be looked at meanwhile.
import { Problem } from '../../api/problem'
import { abandon, send, type Line } from '../../api/tus'
import type { Ingest, MetadataDraft, Version } from '../../api/types'
import { service } from '../service'

export interface Parcel {
  readonly master: File
  readonly beside: readonly File[]
  readonly metadata: MetadataDraft
  readonly profiles: NonNullable<Ingest['profiles']>
  readonly priority: number
}

type Phase = 'idle' | 'sending' | 'paused' | 'handing-in' | 'failed' | 'done'

/** Whoever leaves the console now is asked whether they mean it. */
const ask = (event: BeforeUnloadEvent): void => event.preventDefault()

export class Sending {
  phase = $state<Phase>('idle')
  sent = $state(0)
  /** The file that is being sent. */
  name = $state('')
  isSilent = $state(false)
  /** Why it failed; null where the browser could not read a file. */
  problem = $state.raw<Problem | null>(null)
  begun = $state.raw<Version | null>(null)
  remainingS = $state<number | null>(null)
  parcel = $state.raw<Parcel | null>(null)
  #stop = new AbortController()

  readonly total = $derived(this.#files().reduce((sum, file) => sum + file.size, 0))
  readonly share = $derived(this.total > 0 ? this.sent / this.total : 0)

  start(parcel: Parcel): Promise<void> {
    this.parcel = parcel
    return this.goOn()
  }

  async goOn(): Promise<void> {
    const stop = (this.#stop = new AbortController())
    Object.assign(this, { phase: 'sending', problem: null, begun: null, sent: 0, remainingS: null })
    addEventListener('beforeunload', ask)
    try {
      const places = await this.#send(stop)
      this.phase = 'handing-in'
      this.begun = await service.operations.ingest(this.#order(places))
      this.phase = 'done'
    } catch (error) {
      if (stop !== this.#stop || stop.signal.aborted) return // paused, or given up
      this.problem = error instanceof Problem ? error : null
      this.phase = 'failed'
    } finally {
      removeEventListener('beforeunload', ask)
      this.isSilent = false
    }
  }

  pause(): void {
    this.phase = 'paused'
    this.#stop.abort()
  }

  async giveUp(): Promise<void> {
    this.#stop.abort()
    const files = this.#files()
    this.clear()
    for (const file of files) await abandon(file, this.#line(new AbortController(), 0))
  }

  clear(): void {
    Object.assign(this, { phase: 'idle', parcel: null, begun: null, problem: null })
  }

  #files(): readonly File[] {
    return this.parcel ? [...this.parcel.beside, this.parcel.master] : []
  }

  async #send(stop: AbortController): Promise<Map<string, string>> {
    const places = new Map<string, string>()
    let before = 0
    for (const file of this.#files()) {
      this.name = file.name
      places.set(file.name, await send(file, this.#line(stop, before)))
      before += file.size
    }
    return places
  }

  #line(stop: AbortController, before: number): Line {
    let since: { at: number; sent: number } | null = null
    return {
      memory: localStorage, signal: stop.signal, onsilence: (isSilent) => (this.isSilent = isSilent),
      onprogress: (arrived) => {
        this.sent = before + arrived
        const now = performance.now()
        since ??= { at: now, sent: this.sent } // what was there already tells nothing of the line
        const pace = (this.sent - since.sent) / (now - since.at)
        this.remainingS = pace > 0 ? (this.total - this.sent) / pace / 1000 : null
      },
    }
  }

  #order(places: Map<string, string>): Ingest {
    const { master, beside, metadata, profiles, priority } = this.parcel!
    const files = Object.fromEntries(beside.map((file) => [file.name, places.get(file.name)!]))
    return { master_url: places.get(master.name)!, metadata, files, profiles, priority }
  }
}

export const sending = new Sending()
