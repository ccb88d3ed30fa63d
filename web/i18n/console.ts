import { Catalogue } from './catalogue.svelte'
import type { ConsoleMessages } from './console/en'

export const words = new Catalogue<ConsoleMessages>({
  en: () => import('./console/en'), ar: () => import('./console/ar'), es: () => import('./console/es'), ja: () => import('./console/ja'),
})
