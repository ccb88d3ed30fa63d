// Arrow keys over a page of rows: one tab stop for all of them, Left/Right within, Up/Down between, column remembered.
// Elements: a container with this action, rows marked `data-row`, stops marked `data-stop`.
import type { Action } from 'svelte/action'

export const roving: Action<HTMLElement> = (root) => {
  let column = 0

  const rows = () => [...root.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => row.querySelector('[data-stop]'))
  const stops = (row: HTMLElement) => [...row.querySelectorAll<HTMLElement>('[data-stop]')]

  function settle(current?: HTMLElement): void {
    for (const row of rows()) {
      const all = stops(row)
      // Each row keeps one tab stop, so that Tab walks rows and arrows walk titles.
      const chosen = current && row.contains(current) ? current : (all.find((stop) => stop.tabIndex === 0) ?? all[0])
      for (const stop of all) stop.tabIndex = stop === chosen ? 0 : -1
    }
  }

  function move(stop: HTMLElement | undefined, event: KeyboardEvent): void {
    if (!stop) return
    event.preventDefault()
    stop.focus({ preventScroll: true })
    stop.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth' })
  }

  function onKey(event: KeyboardEvent): void {
    const stop = (event.target as Element).closest<HTMLElement>('[data-stop]')
    const row = stop?.closest<HTMLElement>('[data-row]')
    if (!stop || !row || event.ctrlKey || event.metaKey || event.altKey) return
    const all = stops(row)
    const at = all.indexOf(stop)
    const forward = getComputedStyle(root).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      column = Math.min(all.length - 1, Math.max(0, at + (event.key === forward ? 1 : -1)))
      move(all[column], event)
    } else if (event.key === 'Home' || event.key === 'End') {
      column = event.key === 'Home' ? 0 : all.length - 1
      move(all[column], event)
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const every = rows()
      const next = every[every.indexOf(row) + (event.key === 'ArrowDown' ? 1 : -1)]
      if (!next) return
      const there = stops(next)
      const kept = column
      move(there[Math.min(kept, there.length - 1)], event)
      column = kept
    }
  }

  const onFocus = (event: FocusEvent): void => {
    const stop = (event.target as Element).closest<HTMLElement>('[data-stop]')
    if (stop) settle(stop)
  }

  const watcher = new MutationObserver(() => settle())
  watcher.observe(root, { childList: true, subtree: true })
  root.addEventListener('keydown', onKey)
  root.addEventListener('focusin', onFocus)
  settle()
  return {
    destroy() {
      watcher.disconnect()
      root.removeEventListener('keydown', onKey)
      root.removeEventListener('focusin', onFocus)
    },
  }
}
