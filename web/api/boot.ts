// The boot document: what the server wrote into the page, read once. A broken one is an empty one.
import type { Boot } from './types'

export function readBoot(text: string | null | undefined): Boot {
  try {
    const value: unknown = JSON.parse(text || '{}')
    return typeof value === 'object' && value !== null ? (value as Boot) : {}
  } catch {
    return {}
  }
}
