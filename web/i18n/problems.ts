// The sentence a person reads for a problem: ours in their language where we know the kind, else the server's.
import { Problem } from '../api/problem'
import type { ViewerMessages } from './viewer/en'

type Sentences = ViewerMessages['problems']
type Kind = keyof ViewerMessages['problems']

/** What differs for the service and is the same thing to a viewer. */
const SAME_AS: Readonly<Record<string, Kind>> = {
  'too-many-attempts': 'too-many-requests', 'key-refused': 'license-refused', 'ticket-refused': 'license-refused', 'session-not-found': 'session-ended',
}

/** Kinds so wide that the server's own sentence says more than ours. */
const WIDE: ReadonlySet<string> = new Set<Kind>(['invalid-input', 'not-allowed', 'not-found', 'unavailable'])

export function sentence(problem: unknown, { problems, ended }: { problems: Sentences; ended: ViewerMessages['ended'] }): string {
  if (!(problem instanceof Problem)) return problems.unexpected
  const reason = problem.kind === 'session-ended' ? ended[String(problem.members['reason'])] : undefined
  if (reason) return reason
  const kind = SAME_AS[problem.kind] ?? problem.kind
  if (!(kind in problems) || (WIDE.has(kind) && problem.detail)) return problem.detail || (problem.status === 503 ? problems.unavailable : problems.unexpected)
  return problems[kind as Kind]
}
