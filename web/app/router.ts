// Paths to pages over the History API. Knows nothing of Svelte: the shell subscribes and draws.

export interface Pattern {
  readonly path: string
}

export type Params = Readonly<Record<string, string>>

export interface Match<R extends Pattern> {
  readonly route: R
  readonly params: Params
  readonly url: URL
}

/** The first route whose pattern fits. `:name` takes one segment, a trailing slash is forgiven. */
export function match<R extends Pattern>(routes: readonly R[], url: URL): Match<R> | null {
  const segments = split(url.pathname)
  for (const route of routes) {
    const params = fit(split(route.path), segments)
    if (params) return { route, params, url }
  }
  return null
}

function fit(pattern: string[], segments: string[]): Params | null {
  if (pattern.length !== segments.length) return null
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (!part.startsWith(':')) {
      if (part !== segment) return null
      continue
    }
    try {
      params[part.slice(1)] = decodeURIComponent(segment)
    } catch {
      return null // a malformed escape is a page that does not exist
    }
  }
  return params
}

const split = (path: string): string[] => path.split('/').filter(Boolean)

export interface Navigation {
  readonly url: URL
  /** `back` is the browser's own going back or forth: scroll and focus are then not ours to move. */
  readonly cause: 'load' | 'link' | 'back'
}

type Listener = (navigation: Navigation) => void

export class Router {
  readonly #listeners = new Set<Listener>()
  /** How many entries of this visit lie behind the current one; zero means "back" would leave the app. */
  #depth = 0

  start(): () => void {
    const onPop = (event: PopStateEvent) => {
      this.#depth = depthOf(event.state)
      this.#tell('back')
    }
    addEventListener('popstate', onPop)
    document.addEventListener('click', this.#onClick)
    this.#depth = depthOf(history.state)
    this.#tell('load')
    return () => {
      removeEventListener('popstate', onPop)
      document.removeEventListener('click', this.#onClick)
    }
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  go(to: string, { replace = false } = {}): void {
    const url = new URL(to, location.href)
    if (url.href === location.href && !replace) return
    if (!replace) this.#depth += 1
    history[replace ? 'replaceState' : 'pushState']({ depth: this.#depth }, '', url)
    this.#tell('link')
  }

  /** Back inside the app; where there is nothing behind (a shared link), to `otherwise`. */
  back(otherwise = '/'): void {
    if (this.#depth > 0) history.back()
    else this.go(otherwise, { replace: true })
  }

  readonly #onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = (event.target as Element | null)?.closest?.('a[href]')
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download') || link.dataset['full'] !== undefined) return
    if (link.origin !== location.origin) return
    event.preventDefault()
    this.go(link.href)
  }

  #tell(cause: Navigation['cause']): void {
    const navigation = { url: new URL(location.href), cause }
    for (const listener of this.#listeners) listener(navigation)
  }
}

const depthOf = (state: unknown): number =>
  typeof state === 'object' && state !== null && 'depth' in state && typeof state.depth === 'number' ? state.depth : 0
