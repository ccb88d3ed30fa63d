// Every page of the console, in the order of its navigation. Adding a page is adding a line.
import type { Component } from 'svelte'
import type { IconName } from '../design/icons'
import type { ConsoleMessages } from '../i18n/console/en'

export interface ConsolePage {
  /** After the `#`: the console is one HTML file, whatever path it is served from. */
  readonly id: string
  readonly title: keyof ConsoleMessages['pages']
  /** Null: not in the navigation, but reached from other pages. */
  readonly icon: IconName | null
  /** What stands after its id names a part of it: going to another one it stays, and the keyboard where it is. */
  readonly hasParts?: boolean
  readonly page: () => Promise<{ default: Component }>
}

export const pages: readonly ConsolePage[] = [
  { id: 'titles', title: 'titles', icon: 'film', page: () => import('./titles/Titles.svelte') },
  { id: 'catalog', title: 'catalog', icon: 'pen', hasParts: true, page: () => import('./catalog/Catalog.svelte') },
  { id: 'film', title: 'film', icon: null, page: () => import('./film/Film.svelte') },
  { id: 'upload', title: 'upload', icon: 'plus', page: () => import('./upload/Upload.svelte') },
  { id: 'review', title: 'review', icon: 'eye', page: () => import('./review/Review.svelte') },
  { id: 'queue', title: 'queue', icon: 'queue', page: () => import('./queue/Queue.svelte') },
  { id: 'rights', title: 'rights', icon: 'calendar', hasParts: true, page: () => import('./rights/Rights.svelte') },
  { id: 'fleet', title: 'fleet', icon: 'server', hasParts: true, page: () => import('./fleet/Fleet.svelte') },
  { id: 'wishes', title: 'wishes', icon: 'search', page: () => import('./catalog/Wishes.svelte') },
  { id: 'members', title: 'members', icon: 'members', page: () => import('./members/Members.svelte') },
  { id: 'audit', title: 'audit', icon: 'trail', page: () => import('./members/Audit.svelte') },
  { id: 'mailbox', title: 'mailbox', icon: 'mail', page: () => import('./mailbox/Mailbox.svelte') },
  { id: 'health', title: 'health', icon: 'pulse', page: () => import('./health/Health.svelte') },
]
