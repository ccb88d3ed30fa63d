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
const ARABIC_ZERO = 0x660

/** As people write it here: with a comma, or in Arabic digits. Null: no amount. */
export function amountOf(text: string): number | null {
  const plain = text.trim().replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - ARABIC_ZERO)).replace(/[,\u066b]/, '.')
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : null
}

/** The service looks every five minutes, so a stage serves for some of these periods. */
export const periodsOf = (minutes: string): number => Math.max(1, Math.round((amountOf(minutes) ?? 0) / PERIOD_MINUTES))
export const minutesOf = (periods: number): number => periods * PERIOD_MINUTES

export function lackOf(draft: Draft): Lack | null {
  if (!draft.build) return 'build'
  if (amountOf(draft.soakGb) === null) return 'soakGb'
  if (amountOf(draft.soakMinutes) === null) return 'soakMinutes'
  return draft.reason.trim() ? null : 'reason'
}

export function orderOf(draft: Draft): RolloutBody {
  return {
    build: draft.build,
    reason: draft.reason.trim(),
    soak_bytes: Math.round((amountOf(draft.soakGb) ?? 0) * 1e9),
    soak_blocks: periodsOf(draft.soakMinutes),
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

const WENT_ON = 'went on to '

/** The word of what was done, and the stage it leads to, where it leads to one. */
export function actOf(what: string): { word: string; stage: string } {
  return what.startsWith(WENT_ON) ? { word: 'went on', stage: what.slice(WENT_ON.length) } : { word: what, stage: '' }
}
