// The one client of this page, and who it speaks for. `viewer` fills in the speaker; everyone else only calls.
import { Client } from '../api/client'
import { matinee } from '../api/matinee'
import { words } from '../i18n/viewer'

export const speaker: { profileId: string | null; onSignedOut: () => void } = { profileId: null, onSignedOut: () => undefined }

export const service = matinee(
  new Client({ profileId: () => speaker.profileId, language: () => words.tag, onSignedOut: () => speaker.onSignedOut() }),
)
