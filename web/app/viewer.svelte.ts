// Who sits in front of the screen: the account signed in, its profiles, the one watching.
import { Problem } from '../api/problem'
import type { Account, Profile, SecondStep } from '../api/types'
import { words } from '../i18n/viewer'
import { deviceWishes, pick } from '../i18n/locale'
import { profileCookie } from './profile-cookie'
import { service, speaker } from './service'
import { hintSignedIn, mayBeSignedIn } from './sign-in-hint'

const KEY = 'matinee:profile'
export const PROFILES_MAX = 5

class Viewer {
  account = $state.raw<Account | null>(null)
  profiles = $state.raw<Profile[]>([])
  profile = $state.raw<Profile | null>(null)
  #known: Promise<void> | null = null

  get isOperator(): boolean {
    return this.account?.roles.includes('operator') ?? false
  }

  /** Ask the service once who this is. Signed out is an answer; only silence is a failure, and can be asked again. */
  know(): Promise<void> {
    this.#known ??= this.#ask().catch((error: unknown) => {
      this.#known = null
      throw error
    })
    return this.#known
  }

  /** What is still to be shown, where a second factor is set up. */
  async signIn(email: string, password: string): Promise<SecondStep | null> {
    const { second_step } = await service.members.signIn(email, password)
    if (second_step === null) await this.enter()
    return second_step
  }

  /** A sign-in has come, by whichever way: ask whose it is. */
  async enter(): Promise<void> {
    hintSignedIn(true)
    this.#known = null
    await this.know()
  }

  async signOut(): Promise<void> {
    await service.members.signOut().catch((error: unknown) => {
      if (!(error instanceof Problem) || error.status !== 401) throw error
    })
    this.forget()
  }

  /** The sign-in is gone; what it showed goes with it. */
  forget(): void {
    hintSignedIn(false)
    this.account = null
    this.profiles = []
    this.#watchAs(null)
    this.#known = Promise.resolve()
  }

  async choose(profile: Profile): Promise<void> {
    this.#watchAs(profile)
    // What a child was not shown of the account, a grown-up is.
    if (this.account && !this.account.email && !profile.kids) {
      this.account = await service.members.account().catch(() => this.account)
    }
    await words.speak(pick([new URLSearchParams(location.search).get('lang'), profile.language, ...deviceWishes()]))
  }

  async refreshProfiles(): Promise<void> {
    this.profiles = await service.members.profiles()
  }

  async #ask(): Promise<void> {
    if (!mayBeSignedIn()) return this.forget()
    try {
      ;[this.account, this.profiles] = await Promise.all([service.members.account(), service.members.profiles()])
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error
      return this.forget()
    }
    hintSignedIn(true)
    const remembered = localStorage.getItem(KEY)
    const known = this.profiles.find((profile) => profile.id === remembered)
    if (known && known.asks_pin_of.length === 0) await this.choose(known)
  }

  #watchAs(profile: Profile | null): void {
    this.profile = profile
    speaker.profileId = profile?.id ?? null
    if (profile) localStorage.setItem(KEY, profile.id)
    else localStorage.removeItem(KEY)
    document.cookie = profileCookie(profile?.id ?? null, location.protocol === 'https:')
  }
}

export const viewer = new Viewer()
