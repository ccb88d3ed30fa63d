// Software for appliances: what a roll-out is doing, and what is worth saying of it. Pure.
import type { Rollout, RolloutBody } from '../../api/types'

export interface Draft {
  build: string
  reason: string
  /** What each that has it serves before more get it, and for how long. */
  soakGb: string
  soakMinutes: string
}

export type Lack = 'build' | 'reason' | 'soakGb' | 'soakMinutes'

const PERIOD_MINUTES = 5

function isAmount(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text)) && Number(text) >= 0
}

export function lackOf(draft: Draft): Lack | null {
  if (!draft.build) return 'build'
  if (!isAmount(draft.soakGb)) return 'soakGb'
  if (!isAmount(draft.soakMinutes)) return 'soakMinutes'
  return draft.reason.trim() ? null : 'reason'
}

export function orderOf(draft: Draft): RolloutBody {
  return {
    build: draft.build,
    reason: draft.reason.trim(),
    soak_bytes: Math.round(Number(draft.soakGb) * 1e9),
    soak_blocks: Math.max(1, Math.round(Number(draft.soakMinutes) / PERIOD_MINUTES)),
  }
}

export type Command = 'pause' | 'resume' | 'abort'

/** What may be ordered of a roll-out now. One that is done can still be taken back. */
export function commandsOf(state: Rollout['state']): readonly Command[] {
  if (state === 'running') return ['pause', 'abort']
  if (state === 'paused') return ['resume', 'abort']
  return state === 'done' ? ['abort'] : []
}

export const toneOf = (rollout: Pick<Rollout, 'state' | 'failed'>): 'good' | 'busy' | 'bad' =>
  rollout.state === 'rolling back' || rollout.state === 'rolled back' || rollout.failed > 0 ? 'bad' : rollout.state === 'done' ? 'good' : 'busy'

/** Whoever failed first, then who is under way, then the others; by name among themselves. */
export function worstFirst<M extends { appliance_id: string; state: string; is_back: boolean }>(members: readonly M[]): M[] {
  const rank = (member: M): number => (member.state === 'failed' ? 0 : member.state !== 'there' ? 1 : member.is_back ? 2 : 3)
  return [...members].sort((a, b) => rank(a) - rank(b) || a.appliance_id.localeCompare(b.appliance_id))
}

/** Of the requests that were answered. Null: there were none. */
export const errorShare = (counts: { requests: number; errors: number }): number | null =>
  counts.requests > 0 ? counts.errors / counts.requests : null
