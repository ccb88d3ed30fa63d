// What the engine's numbers mean to a viewer.
import { parseProblem, Problem } from '../api/problem'

interface EngineError {
  code: number
  category: number
  data: unknown[]
}

const CATEGORY = { network: 1, media: 3, manifest: 4, streaming: 5, drm: 6 } as const
const CODE = { noKeyForAny: 4012, badStatus: 1001, noPlayableStream: 4032, requestedKeySystemUnavailable: 6001, licenseRefused: 6007, requestFailed: 1002, timeout: 1003 } as const

/** A load that a later load or an unload overtook; nobody needs to hear of it. */
export const isInterruption = (error: unknown): boolean => isEngineError(error) && (error.code === 7000 || error.code === 7001)

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (!isEngineError(error)) return new Problem('unexpected', 500)
  const members = { engine_code: error.code }
  if (error.code === CODE.licenseRefused) return licenseProblem(error, members)
  if (error.code === CODE.requestedKeySystemUnavailable) return new Problem('keys-unsupported', 0, '', members)
  if (error.code === CODE.noPlayableStream) return new Problem('no-stream', 0, '', members)
  // Every version is out of reach; with licenses that came, that means they held none of the keys.
  if (error.code === CODE.noKeyForAny || error.category === CATEGORY.drm) return new Problem('license-refused', 403, '', members)
  if (error.category === CATEGORY.network || error.category === CATEGORY.streaming || error.category === CATEGORY.manifest) return new Problem('media-failed', 0, '', members)
  if (error.category === CATEGORY.media) return new Problem('decode-failed', 0, '', members)
  return new Problem('unexpected', 500, '', members)
}

/** Shaka wraps the network error of the license request: data[0] is it, its data are url, status, text. */
function licenseProblem(error: EngineError, members: Record<string, unknown>): Problem {
  const [inner] = error.data
  if (isEngineError(inner) && inner.code === CODE.badStatus) {
    const [, status, text] = inner.data
    if (typeof status === 'number' && typeof text === 'string' && text.startsWith('{')) {
      const said = parseProblem(status, 'application/problem+json', text)
      return new Problem('license-refused', status, said.detail, { ...members, request_id: said.requestId ?? undefined })
    }
    return new Problem('license-refused', typeof status === 'number' ? status : 403, '', members)
  }
  return new Problem(isEngineError(inner) && (inner.code === CODE.requestFailed || inner.code === CODE.timeout) ? 'unreachable' : 'license-refused', 0, '', members)
}

const isEngineError = (error: unknown): error is EngineError =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number' && 'category' in error && 'data' in error && Array.isArray(error.data)
