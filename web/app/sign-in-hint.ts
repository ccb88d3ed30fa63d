// Whether this browser signed in here before: not a secret and not a proof, only a reason to ask the service who this is.
// Without it every visit of a stranger would begin with refused calls, red in the browser's console and noise in the logs.
// The sign-in itself is a cookie that scripts cannot read. A hint that outlives it costs one refused call and is gone.

const KEY = 'matinee:signed-in'
/** Older visits left no hint; whoever chose a profile was signed in. */
const PROFILE_KEY = 'matinee:profile'

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export const mayBeSignedIn = (store: Store = localStorage): boolean => (store.getItem(KEY) ?? store.getItem(PROFILE_KEY)) !== null

export function hintSignedIn(is: boolean, store: Store = localStorage): void {
  if (is) return store.setItem(KEY, '1')
  store.removeItem(KEY)
  store.removeItem(PROFILE_KEY)
}
