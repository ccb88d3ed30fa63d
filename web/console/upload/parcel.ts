// What a person dropped: which file is the master, what the others are, and what the service is told of them.
import type { MetadataDraft } from '../../api/types'

export type Role = 'master' | 'sidecar' | 'subtitles' | 'audio' | 'artwork' | 'trailer' | 'unknown'

export type Codec = NonNullable<MetadataDraft['codecs']>[number]

interface Named { readonly name: string; readonly size: number }

/** One file, and what is said of it where no sidecar does. */
export interface Piece<F extends Named = File> {
  readonly file: F
  role: Role
  language: string
  /** Subtitles: subtitles, captions, forced. Artwork: poster, backdrop, still, logo. Audio: main, dub, description, … */
  kind: string
}

export interface Words {
  title: string
  language: string
  synopsis: string
  type: string
  year: string
  rating: string
  genres: string
  cast: string
  /** An episode's place; none where there is no series. */
  series: string
  season: string
  episode: string
  /** Beside H.264, which is always made. */
  codecs: Codec[]
}

export const NO_WORDS: Words = { title: '', language: 'en', synopsis: '', type: 'movie', year: '', rating: 'NR', genres: '', cast: '', series: '', season: '', episode: '', codecs: [] }

const ROLES: readonly [Role, RegExp][] = [
  ['sidecar', /\.json$/i],
  ['subtitles', /\.(srt|vtt|ass|ssa|ttml|dfxp|xml)$/i],
  ['audio', /\.(wav|flac|m4a|mka|aac|mp3|ac3|eac3|opus|ogg)$/i],
  ['artwork', /\.(jpe?g|png|webp|tiff?|bmp)$/i],
  ['master', /\.(mov|mp4|m4v|mkv|mxf|webm|avi|mpe?g|ts|m2ts|y4m|wmv)$/i],
]
const NAMES = [['audio', 'audio'], ['subtitles', 'subtitles'], ['artwork', 'artwork'], ['trailers', 'trailer']] as const
const LANGUAGE = /[._-](?!(?:ad|cc|dub|sdh)\.)([a-z]{2,3}(?:-[a-z0-9]{2,8})?)(?:[._-](?:forced|captions?|cc|sdh|ad|description|commentary|dub))?\.[^.]+$/i
const ART = ['poster', 'backdrop', 'still', 'logo']

/** The largest film is the master, and what is far smaller its trailers. What is nearly as large is rather a film of its
 *  own: it is nothing until somebody says so, for a trailer plays without a plan. */
export function sorted<F extends Named>(files: readonly F[], isSidecar: (file: F) => boolean = () => true): Piece<F>[] {
  const pieces = files.map(pieceOf)
  const films = pieces.filter((piece) => piece.role === 'master').sort((a, b) => b.file.size - a.file.size)
  for (const film of films.slice(1)) film.role = film.file.size * 2 < films[0]!.file.size ? 'trailer' : 'unknown'
  const written = pieces.filter((piece) => piece.role === 'sidecar')
  const used = sidecarAmong(written.filter((piece) => isSidecar(piece.file)), films[0])
  for (const sidecar of written) if (sidecar !== used) sidecar.role = 'unknown'
  return pieces
}

/** One sidecar is used: the one called as the master is, otherwise the first. */
function sidecarAmong<F extends Named>(written: readonly Piece<F>[], master: Piece<F> | undefined): Piece<F> | undefined {
  return written.find((piece) => master && stemOf(piece.file.name) === stemOf(master.file.name)) ?? written[0]
}

const stemOf = (name: string): string => name.replace(/\.[^.]+$/, '').toLowerCase()

/** A film that is not the master: whether it is a trailer is for a person to say. */
export const isFurther = (piece: Piece<Named>): boolean => piece.role !== 'master' && roleOf(piece.file) === 'master'

/** What a file counts as: beside a sidecar, what that names it as, and nothing where it does not. */
export function countsAs(piece: Piece<Named>, sidecar: MetadataDraft | null): Role {
  if (!sidecar || piece.role === 'master' || piece.role === 'sidecar') return piece.role
  return NAMES.find(([list]) => sidecar[list]?.some((each) => each.file === piece.file.name))?.[1] ?? 'unknown'
}

function pieceOf<F extends Named>(file: F): Piece<F> {
  const role = roleOf(file)
  const language = role === 'subtitles' || role === 'audio' ? (LANGUAGE.exec(file.name)?.[1] ?? '') : ''
  return { file, role, language, kind: kindOf(role, file.name.toLowerCase()) }
}

function roleOf(file: Named): Role {
  return ROLES.find(([, ending]) => ending.test(file.name))?.[0] ?? 'unknown'
}

function kindOf(role: Role, name: string): string {
  if (role === 'artwork') return ART.find((kind) => name.includes(kind)) ?? 'poster'
  if (role === 'audio') return /descri|[._-]ad[._-]/.test(name) ? 'description' : /comment/.test(name) ? 'commentary' : /[._-]dub[._-]/.test(name) ? 'dub' : 'main'
  if (role !== 'subtitles') return ''
  return /forced/.test(name) ? 'forced' : /caption|[._-](cc|sdh)[._-]/.test(name) ? 'captions' : 'subtitles'
}

/** Read a sidecar; null where it is none. */
export function sidecarOf(text: string): MetadataDraft | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as MetadataDraft) : null
  } catch {
    return null
  }
}

/** What a sidecar says, as the form shows it. */
export function wordsOf(sidecar: MetadataDraft): Words {
  const language = originalOf(sidecar) ?? NO_WORDS.language
  return {
    title: sidecar.names?.[language] ?? '', language, synopsis: sidecar.synopsis?.[language] ?? '', type: sidecar.type ?? NO_WORDS.type,
    year: sidecar.year ? String(sidecar.year) : '', rating: sidecar.rating ?? NO_WORDS.rating,
    genres: (sidecar.genres ?? []).join(', '), cast: (sidecar.cast ?? []).join(', '),
    series: sidecar.series ?? '', season: numberOf(sidecar.season), episode: numberOf(sidecar.episode), codecs: (sidecar.codecs ?? []).filter((codec) => codec !== 'h264'),
  }
}

/** What the service is told: the sidecar with what was changed in the form, or the form and what lies beside the master. */
export function metadataOf(words: Words, pieces: readonly Piece<Named>[], sidecar: MetadataDraft | null): MetadataDraft {
  const said = {
    ...sidecar,
    names: { ...sidecar?.names, [words.language]: words.title.trim() }, original: words.language,
    synopsis: words.synopsis.trim() ? { ...sidecar?.synopsis, [words.language]: words.synopsis.trim() } : (sidecar?.synopsis ?? {}),
    type: words.type, year: words.year ? Number(words.year) : null, rating: words.rating, genres: list(words.genres), cast: list(words.cast),
    ...placeOf(words), codecs: words.codecs,
  }
  if (sidecar) return said
  const are = (role: Role) => pieces.filter((piece) => piece.role === role)
  return {
    ...said,
    audio: are('audio').map(({ file, language, kind }) => ({ file: file.name, language, label: language, role: kind })),
    subtitles: are('subtitles').map(({ file, language, kind }) => ({ file: file.name, language, label: language, kind })),
    artwork: are('artwork').map(({ file, kind }) => ({ file: file.name, kind: kind as 'poster', shows: '' })),
    trailers: are('trailer').map(({ file }) => ({ file: file.name, names: { [words.language]: titleOf(file.name) } })),
  }
}

/** The names of the files that travel with the master: those the sidecar names, or all that have a role. */
export function besideOf(metadata: MetadataDraft): string[] {
  const all = [...(metadata.audio ?? []), ...(metadata.subtitles ?? []), ...(metadata.artwork ?? []), ...(metadata.trailers ?? [])].map((each) => each.file)
  return [...new Set(all)]
}

/** What is named and was not dropped. */
export function missingOf(metadata: MetadataDraft, pieces: readonly Piece<Named>[]): string[] {
  const there = new Set(pieces.map((piece) => piece.file.name))
  return besideOf(metadata).filter((name) => !there.has(name))
}

/** What a file is called, as words. */
export const titleOf = (name: string): string => name.replace(/\.[^.]+$/, '').replace(/[._]+/g, ' ')

function originalOf(sidecar: MetadataDraft): string | undefined {
  return sidecar.original ?? Object.keys(sidecar.names ?? {})[0]
}

/** Without a series there is no place in it, whatever was typed before. */
function placeOf(words: Words): Pick<MetadataDraft, 'series' | 'season' | 'episode'> {
  const series = words.series.trim()
  return series ? { series, season: Number(words.season), episode: Number(words.episode) } : { series: null, season: null, episode: null }
}

const numberOf = (number: number | null | undefined): string => (number == null ? '' : String(number))

const list = (text: string): string[] => text.split(',').map((each) => each.trim()).filter(Boolean)
