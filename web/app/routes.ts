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
  /** The account's matters: a kids' profile has no way there. */
  readonly grownUps?: true
  /** A `dialog` lies over the page one came from, a `screen` has no header. */
  readonly form?: 'dialog' | 'screen'
}

export const routes: readonly Route[] = [
  { path: '/', page: () => import('../features/home/Home.svelte'), title: 'home', who: 'profile' },
  { path: '/signin', page: () => import('../features/signin/SignIn.svelte'), title: 'signIn', who: 'anyone', form: 'screen' },
  { path: '/signup', page: () => import('../features/signup/SignUp.svelte'), title: 'signUp', who: 'anyone', form: 'screen' },
  { path: '/verify', page: () => import('../features/signup/Verify.svelte'), title: 'verify', who: 'anyone', form: 'screen' },
  { path: '/forgot-password', page: () => import('../features/signup/ForgotPassword.svelte'), title: 'forgot', who: 'anyone', form: 'screen' },
  { path: '/reset-password', page: () => import('../features/signup/ResetPassword.svelte'), title: 'forgot', who: 'anyone', form: 'screen' },
  { path: '/profiles', page: () => import('../features/profiles/Profiles.svelte'), title: 'profiles', who: 'member', form: 'screen' },
  { path: '/profiles/manage', page: () => import('../features/profiles/Manage.svelte'), title: 'manageProfiles', who: 'member', grownUps: true },
  { path: '/history', page: () => import('../features/history/History.svelte'), title: 'history', who: 'profile' },
  { path: '/notices', page: () => import('../features/notices/Notices.svelte'), title: 'notices', who: 'profile' },
  { path: '/title/:id', page: () => import('../features/title/TitleDialog.svelte'), title: 'title', who: 'profile', form: 'dialog' },
  { path: '/watch/:id', page: () => import('../features/watch/Watch.svelte'), title: 'watch', who: 'profile', form: 'screen' },
  { path: '/search', page: () => import('../features/search/Search.svelte'), title: 'search', who: 'profile' },
  { path: '/my-list', page: () => import('../features/mylist/MyList.svelte'), title: 'myList', who: 'profile' },
  { path: '/link', page: () => import('../features/screens/LinkPage.svelte'), title: 'link', who: 'member', form: 'screen' },
  { path: '/tv', page: () => import('../features/screens/TvPage.svelte'), title: 'tv', who: 'anyone', form: 'screen' },
  { path: '/account/plan', page: () => import('../features/billing/PlanPage.svelte'), title: 'plan', who: 'member', grownUps: true },
  { path: '/account', page: () => import('../features/account/AccountPage.svelte'), title: 'account', who: 'member', grownUps: true },
]
