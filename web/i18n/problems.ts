// The sentence a person reads for a problem: ours in their language where we know the kind, else the server's.
import { Problem } from '../api/problem'
import type { ViewerMessages } from './viewer/en'

type Sentences = ViewerMessages['problems']

/** Names other parts of the house may give to what is the same thing to a viewer. */
const SAME_AS: Readonly<Record<string, keyof Sentences>> = {
  'bad-credentials': 'wrong-credentials', 'invalid-credentials': 'wrong-credentials', 'stream-limit': 'too-many-streams', 'session-taken-over': 'session-ended',
  'not-playable': 'not-available', 'title-unavailable': 'not-available', 'not-visible': 'not-available', 'rate-limited': 'too-many-requests',
}

export function sentence(problem: unknown, sentences: Sentences): string {
  if (!(problem instanceof Problem)) return sentences.unexpected
  const kind = SAME_AS[problem.kind] ?? problem.kind
  if (kind in sentences && kind !== 'unexpected') return generic(kind) && problem.detail ? problem.detail : sentences[kind as keyof Sentences]
  return problem.detail || (problem.status === 503 ? sentences.unavailable : sentences.unexpected)
}

/** Kinds so wide that the server's own sentence says more than ours. */
const generic = (kind: string): boolean => kind === 'not-allowed' || kind === 'not-found' || kind === 'unavailable' || kind === 'session-ended'
