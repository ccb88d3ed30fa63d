// The router of this page. `after` keeps where someone wanted to go while they sign in or choose a profile.
import { Router } from './router'

export const router = new Router()

export const withNext = (to: string, wanted: URL): string => {
  const path = wanted.pathname + wanted.search
  return path === '/' || path.startsWith(to) ? to : `${to}?next=${encodeURIComponent(path)}`
}

/** Where to go on to. Only paths of this app: a `next` that names another host goes home. */
export function next(url: URL): string {
  const wanted = url.searchParams.get('next') ?? '/'
  return wanted.startsWith('/') && !wanted.startsWith('//') && !wanted.startsWith('/\\') ? wanted : '/'
}
