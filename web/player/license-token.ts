// The license token of a session, kept young: a rung of another tier, or the next HLS key, may be asked for an hour in.

/** The service signs tokens for five minutes; one this old is replaced before it is shown. */
export const TOKEN_AGE_MS_MAX = 4 * 60_000

export class LicenseToken {
  readonly #renew: () => Promise<string>
  readonly #now: () => number
  #token: string
  #since: number
  #renewing: Promise<void> | null = null

  constructor(token: string, renew: () => Promise<string>, now: () => number = Date.now) {
    this.#token = token
    this.#renew = renew
    this.#now = now
    this.#since = now()
  }

  /** Several requests at once renew once. Where renewing fails the old token is shown: the license door's own no says more. */
  async current(): Promise<string> {
    if (this.#now() - this.#since > TOKEN_AGE_MS_MAX) {
      this.#renewing ??= this.#replace().finally(() => (this.#renewing = null))
      await this.#renewing.catch(() => undefined)
    }
    return this.#token
  }

  async #replace(): Promise<void> {
    this.#token = await this.#renew()
    this.#since = this.#now()
  }
}
