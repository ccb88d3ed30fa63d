import { Catalogue } from './catalogue.svelte'
import type { ViewerMessages } from './viewer/en'

export const words = new Catalogue<ViewerMessages>({
  en: () => import('./viewer/en'), ar: () => import('./viewer/ar'), es: () => import('./viewer/es'), ja: () => import('./viewer/ja'),
})
