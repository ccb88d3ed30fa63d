import { Client } from '../api/client'
import { matinee } from '../api/matinee'
import { words } from '../i18n/console'

export const service = matinee(new Client({ language: () => words.tag }))
