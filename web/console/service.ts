import { Client } from '../api/client'
import { matinee } from '../api/matinee'
import { words } from '../i18n/console'

/** What to do when a call finds the sign-in gone; the shell fills it in. */
export const door: { onSignedOut: () => void } = { onSignedOut: () => undefined }

export const service = matinee(new Client({ language: () => words.tag, onSignedOut: () => door.onSignedOut() }))
