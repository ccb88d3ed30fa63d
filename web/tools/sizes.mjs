// Prints what a visitor downloads, brotli-compressed, and fails when the first screen grows over its budget.
import { readFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'

const OUT = new URL('../../src/matinee/web/', import.meta.url)
const FIRST_SCREEN_BYTES_MAX = 60_000
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', OUT), 'utf8'))

const brotli = (file) =>
  brotliCompressSync(readFileSync(new URL(file, OUT)), { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length

/** The scripts an entry needs, following static imports only. */
function scripts(key, seen = new Set()) {
  const chunk = manifest[key]
  if (!chunk || seen.has(chunk.file)) return seen
  seen.add(chunk.file)
  for (const next of chunk.imports ?? []) scripts(next, seen)
  return seen
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
const total = (keys) => {
  const files = new Set()
  for (const key of keys) scripts(key, files)
  return [...files].filter((file) => file.endsWith('.js')).reduce((sum, file) => sum + brotli(file), 0)
}

const english = 'i18n/viewer/en.ts'
const screens = {
  'sign in': ['index.html', english, 'features/signin/SignIn.svelte'],
  'sign in + gate + home': [
    'index.html', english, 'features/signin/SignIn.svelte', 'features/profiles/Profiles.svelte', 'features/home/Home.svelte',
  ],
  'watch page (without Shaka)': ['index.html', english, 'features/watch/Watch.svelte'],
  'console': ['console.html', 'i18n/console/en.ts', 'console/titles/Titles.svelte'],
}
for (const keys of Object.values(screens))
  for (const key of keys) if (!manifest[key]) throw new Error(`sizes.mjs names ${key}, which the build does not have`)

for (const [name, keys] of Object.entries(screens)) console.log(`${name.padEnd(28)} ${kilobytes(total(keys)).padStart(9)} br`)
for (const [key, chunk] of Object.entries(manifest))
  if (key.includes('shaka')) console.log(`${key.split('/').at(-1).padEnd(28)} ${kilobytes(brotli(chunk.file)).padStart(9)} br`)

const first = total(screens['sign in + gate + home'])
if (first > FIRST_SCREEN_BYTES_MAX) {
  console.error(`The first screens weigh ${kilobytes(first)}; the budget is ${kilobytes(FIRST_SCREEN_BYTES_MAX)}.`)
  process.exit(1)
}
