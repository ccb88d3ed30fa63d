// Every refusal is one type with a sentence a person can act on (RFC 9457), network silence included.

export interface ProblemDocument {
  type?: string
  title?: string
  status?: number
  detail?: string
  request_id?: string
  [member: string]: unknown
}

export class Problem extends Error {
  /** The last part of the `type` URL: `too-many-streams`. `unreachable` and `aborted` are this client's own. */
  readonly kind: string
  readonly status: number
  /** The server's sentence; empty when no server spoke. */
  readonly detail: string
  readonly requestId: string | null
  readonly members: Readonly<Record<string, unknown>>

  constructor(kind: string, status: number, detail = '', document: ProblemDocument = {}) {
    super(detail || kind)
    this.name = 'Problem'
    this.kind = kind
    this.status = status
    this.detail = detail
    this.requestId = document.request_id ?? null
    this.members = document
  }

  /** Whether asking again, unchanged, may help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

const KIND_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid-input', 401: 'not-signed-in', 403: 'not-allowed', 404: 'not-found', 409: 'conflict', 429: 'too-many-requests', 503: 'unavailable',
}

/** Read an error answer. Anything that is not a problem document still becomes one. */
export function parseProblem(status: number, contentType: string | null, body: string): Problem {
  const document = contentType?.includes('json') ? parseObject(body) : {}
  const kind = lastPart(document.type) ?? KIND_BY_STATUS[status] ?? 'unexpected'
  return new Problem(kind, status, document.detail ?? '', document)
}

export const unreachable = (): Problem => new Problem('unreachable', 0)

function parseObject(body: string): ProblemDocument {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ProblemDocument) : {}
  } catch {
    return {}
  }
}

function lastPart(type: string | undefined): string | null {
  if (!type || type === 'about:blank') return null
  return type.split(/[/#:]/).filter(Boolean).at(-1) ?? null
}
