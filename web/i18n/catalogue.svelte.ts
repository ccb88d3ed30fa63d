// Holds the words on the screen; one catalogue per entry, each language its own file, loaded when spoken.
import { direction, type LocaleTag } from './locale'

type Loaders<M> = Readonly<Record<LocaleTag, () => Promise<{ default: M }>>>

export class Catalogue<M> {
  readonly #loaders: Loaders<M>
  #messages = $state.raw<M>()
  #tag = $state<LocaleTag>('en')

  constructor(loaders: Loaders<M>) {
    this.#loaders = loaders
  }

  /** The messages. Reading them before the first `speak` has settled is a mistake in the entry file. */
  get m(): M {
    if (!this.#messages) throw new Error('No language has been loaded yet.')
    return this.#messages
  }

  get tag(): LocaleTag {
    return this.#tag
  }

  async speak(tag: LocaleTag): Promise<void> {
    if (this.#messages && tag === this.#tag) return
    const { default: messages } = await this.#loaders[tag]()
    this.#messages = messages
    this.#tag = tag
    document.documentElement.lang = tag
    document.documentElement.dir = direction(tag)
  }
}
