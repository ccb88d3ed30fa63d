// What an operator wants to be gone, as the form has it, and as the service is told. Pure.
import type { PurgeBody } from '../../api/types'

export type Kind = 'title' | 'release' | 'file'

export interface Draft {
  kind: Kind
  title: string
  release: string
  path: string
  /** Only the copies are bad. */
  refetch: boolean
  /** Whose copy; empty: all of them. */
  appliance: string
  reason: string
}

export type Lack = 'title' | 'release' | 'path' | 'reason'

export function lackOf(draft: Draft): Lack | null {
  if (!draft.title) return 'title'
  if (draft.kind !== 'title' && !draft.release) return 'release'
  if (draft.kind === 'file' && !draft.path.trim()) return 'path'
  return draft.reason.trim() ? null : 'reason'
}

export function orderOf(draft: Draft): PurgeBody {
  const reason = draft.reason.trim()
  if (draft.kind === 'title') return { reason, title_id: draft.title }
  if (draft.kind === 'release') return { reason, release_id: draft.release }
  const file = { reason, release_id: draft.release, path: draft.path.trim().replace(/^\/+/, ''), refetch: draft.refetch }
  return draft.refetch && draft.appliance ? { ...file, appliance_id: draft.appliance } : file
}

/** How far a purge is, of all who should carry it out. */
export const shareOf = (purge: { acknowledged: number; waiting: number; fenced: number }): number => {
  const all = purge.acknowledged + purge.waiting + purge.fenced
  return all > 0 ? purge.acknowledged / all : 1
}
