// Every page of the viewer app. Adding a page is adding a line.
import type { Component } from 'svelte'
import type { ViewerMessages } from '../i18n/viewer/en'
import type { Params } from './router'

/** `anyone` needs nothing, `member` a sign-in, `profile` a sign-in and a chosen profile. */
export type Audience = 'anyone' | 'member' | 'profile'

export interface PageProps {
  params: Params
  url: URL
}

export interface Route {
  readonly path: string
  /** A page that reads neither parameters nor address takes no props. */
  readonly page: () => Promise<{ default: Component<PageProps> | Component }>
  readonly title: keyof ViewerMessages['pages']
  readonly who: Audience
  /** A `dialog` lies over the page one came from, a `screen` has no header. */
  readonly form?: 'dialog' | 'screen'
}

export const routes: readonly Route[] = [
  { path: '/', page: () => import('../features/home/Home.svelte'), title: 'home', who: 'profile' },
  { path: '/signin', page: () => import('../features/signin/SignIn.svelte'), title: 'signIn', who: 'anyone', form: 'screen' },
  { path: '/profiles', page: () => import('../features/profiles/Profiles.svelte'), title: 'profiles', who: 'member', form: 'screen' },
  { path: '/title/:id', page: () => import('../features/title/TitleDialog.svelte'), title: 'title', who: 'profile', form: 'dialog' },
  { path: '/watch/:id', page: () => import('../features/watch/Watch.svelte'), title: 'watch', who: 'profile', form: 'screen' },
  { path: '/search', page: () => import('../features/search/Search.svelte'), title: 'search', who: 'profile' },
  { path: '/my-list', page: () => import('../features/mylist/MyList.svelte'), title: 'myList', who: 'profile' },
  { path: '/account/plan', page: () => import('../features/billing/PlanPage.svelte'), title: 'plan', who: 'member' },
  { path: '/account', page: () => import('../features/account/AccountPage.svelte'), title: 'account', who: 'member' },
]
