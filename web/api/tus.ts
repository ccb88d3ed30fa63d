// Files on their way in, resumable (tus 1.0): a cut line, a pause or a closed tab costs at most one part. A file is read
// part by part, whatever its size.
import { parseProblem, Problem, unreachable } from './problem'

const UPLOADS = '/api/v1/content/uploads'
const PART_BYTES = 8 << 20
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [1_000, 30_000]
const BEGUN_MAX = 3

/** A `File`, or anything that is cut the same way. */
export interface Sendable {
  readonly name: string
  readonly size: number
  readonly lastModified: number
  slice(start: number, end: number): Blob
}

/** Where uploads that were begun are remembered, so that a file that is chosen again goes on. */
export type Memory = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export interface Line {
  memory: Memory
  fetch?: typeof fetch
  partBytes?: number
  wait?: (ms: number, signal?: AbortSignal) => Promise<void>
  signal?: AbortSignal
  /** How many bytes have arrived. */
  onprogress?: (sent: number) => void
  /** The service has fallen silent, or answers again. */
  onsilence?: (isSilent: boolean) => void
}

/** Sees a file through, however often the line is cut. The answer is the upload's address. */
export async function send(file: Sendable, line: Line): Promise<string> {
  const upload = new Upload(file, line)
  let failures = 0
  for (;;) {
    try {
      const arrived = await upload.goOn()
      if (failures > 0) line.onsilence?.(false)
      failures = 0
      line.onprogress?.(arrived)
      if (arrived >= file.size) return upload.place
    } catch (error) {
      if (!(error instanceof Problem) || error.kind === 'aborted' || !upload.mends(error)) throw error
      if (!error.isPassing) continue
      line.onsilence?.(true)
      await (line.wait ?? pause)(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures++), line.signal)
    }
  }
}

/** Give up what was sent of a file. */
export async function abandon(file: Sendable, line: Line): Promise<void> {
  const place = line.memory.getItem(keyOf(file))
  line.memory.removeItem(keyOf(file))
  if (place) await ask(line, 'DELETE', place).catch(() => undefined) // forgotten over there in time, too
}

class Upload {
  place: string
  readonly #file: Sendable
  readonly #line: Line
  /** What the service is known to have; null: to be asked. */
  #arrived: number | null = null
  #begun = 0

  constructor(file: Sendable, line: Line) {
    this.#file = file
    this.#line = line
    this.place = line.memory.getItem(keyOf(file)) ?? ''
  }

  /** One step: begin, ask how far it is, or send a part. Answers how much has arrived. */
  async goOn(): Promise<number> {
    if (!this.place) await this.#begin()
    else if (this.#arrived === null) this.#arrived = offsetOf(await ask(this.#line, 'HEAD', this.place))
    else this.#arrived = await this.#sendPart(this.#arrived)
    return this.#arrived ?? 0
  }

  /** Whether going on may help after this. */
  mends(problem: Problem): boolean {
    this.#arrived = null
    if (problem.status === 409) return true // it has more or less than we thought
    if (problem.status !== 404 && problem.status !== 410) return problem.isPassing
    this.#forget() // it was forgotten over there
    return this.#begun < BEGUN_MAX
  }

  async #begin(): Promise<void> {
    this.#begun += 1
    const metadata = `filename ${base64(this.#file.name)}`
    const answer = await ask(this.#line, 'POST', UPLOADS, { 'upload-length': String(this.#file.size), 'upload-metadata': metadata })
    const place = answer.headers.get('location')
    if (!place) throw new Problem('unexpected', answer.status)
    this.place = place
    this.#arrived = offsetOf(answer)
    this.#line.memory.setItem(keyOf(this.#file), place)
  }

  async #sendPart(offset: number): Promise<number> {
    const part = this.#file.slice(offset, Math.min(this.#file.size, offset + (this.#line.partBytes ?? PART_BYTES)))
    await part.slice(0, 1).arrayBuffer() // fails for a file that was changed or taken away, which would look like a cut line
    const headers = { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' }
    return offsetOf(await ask(this.#line, 'PATCH', this.place, headers, part))
  }

  #forget(): void {
    this.place = ''
    this.#line.memory.removeItem(keyOf(this.#file))
  }
}

async function ask(line: Line, method: string, url: string, headers: Record<string, string> = {}, body?: Blob): Promise<Response> {
  let answer: Response
  try {
    answer = await (line.fetch ?? fetch)(url, {
      method, credentials: 'same-origin', headers: { 'tus-resumable': '1.0.0', accept: 'application/json', ...headers }, body, signal: line.signal,
    })
  } catch {
    if (line.signal?.aborted) throw new Problem('aborted', 0)
    throw unreachable()
  }
  if (!answer.ok) throw parseProblem(answer.status, answer.headers.get('content-type'), await answer.text())
  return answer
}

const keyOf = (file: Sendable): string => `matinee:upload:${file.size}:${file.lastModified}:${file.name}`

function offsetOf(answer: Response): number {
  const offset = Number(answer.headers.get('upload-offset') ?? 0)
  if (!Number.isSafeInteger(offset) || offset < 0) throw new Problem('unexpected', answer.status)
  return offset
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => (clearTimeout(timer), reject(new Problem('aborted', 0))), { once: true })
  })
}
