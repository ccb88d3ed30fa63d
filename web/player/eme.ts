// Keys: which systems to ask, and who may see the license token. Pure; the engine hands it Shaka's requests.
import type { PlaybackPlan } from '../api/types'

export interface DrmConfiguration {
  servers: Record<string, string>
  retryParameters: { maxAttempts: number; baseDelay: number; backoffFactor: number }
}

/** License servers for Shaka's `drm`. One retry: a refusal stays a refusal, and the viewer is waiting for a sentence. */
export function drmConfiguration(plan: Pick<PlaybackPlan, 'drm'>): DrmConfiguration {
  return {
    servers: { ...plan.drm.license_urls },
    retryParameters: { maxAttempts: 2, baseDelay: 300, backoffFactor: 2 },
  }
}

/** Only our own license door gets the token: license requests (DASH) and raw key requests (HLS) alike. */
export function mayCarryToken(url: string, plan: Pick<PlaybackPlan, 'drm'>, page: string): boolean {
  const asked = new URL(url, page)
  const ours = Object.values(plan.drm.license_urls).map((license) => new URL(license, page))
  if (ours.some((license) => license.origin === asked.origin && asked.pathname.startsWith(license.pathname))) return true
  return asked.origin === new URL(page).origin && asked.pathname.startsWith('/api/v1/licenses/')
}
