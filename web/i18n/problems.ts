// The sentence a person reads for a problem: ours in their language where we know the kind, else the server's.
import { Problem } from '../api/problem'
import { date } from './format'
import type { ViewerMessages } from './viewer/en'

type Sentences = ViewerMessages['problems']
type Kind = keyof ViewerMessages['problems']

/** What differs for the service and is the same thing to a viewer. */
const SAME_AS: Readonly<Record<string, Kind>> = {
  'too-many-attempts': 'too-many-requests', 'key-refused': 'license-refused', 'ticket-refused': 'license-refused', 'session-not-found': 'session-ended',
}

/** Kinds so wide that the server's own sentence says more than ours. */
const WIDE: ReadonlySet<string> = new Set<Kind>(['invalid-input', 'not-allowed', 'not-found', 'unavailable'])

/** Why rights say no, in the reader's language; with the day it opens, where it will. */
function refused(problem: Problem, rights: ViewerMessages['rights']): string {
  const { reason, available_from: from, suspicion, country } = problem.members
  if (typeof from === 'string') return rights.from(date(from, globalThis.document?.documentElement.lang || 'en'))
  if (reason === 'territory' && country === 'XX') return suspicion ? rights.hidden : rights.nowhere
  return reason === 'territory' || reason === 'plan' ? rights[reason] : rights.window
}

export function sentence(problem: unknown, { problems, ended, rights }: { problems: Sentences; ended: ViewerMessages['ended']; rights: ViewerMessages['rights'] }): string {
  if (!(problem instanceof Problem)) return problems.unexpected
  const reason = problem.kind === 'session-ended' ? ended[String(problem.members['reason'])] : undefined
  if (reason) return reason
  if (problem.kind === 'not-shown-here') return refused(problem, rights)
  const kind = SAME_AS[problem.kind] ?? problem.kind
  if (!(kind in problems) || (WIDE.has(kind) && problem.detail)) return problem.detail || (problem.status === 503 ? problems.unavailable : problems.unexpected)
  return problems[kind as Kind]
}
