import { expect, test } from 'vitest'
import { besideOf, countsAs, isFurther, metadataOf, missingOf, NO_WORDS, sidecarOf, sorted, wordsOf } from './parcel'

const file = (name: string, size = 1) => ({ name, size })
const roles = (...names: string[]) => sorted(names.map((name) => file(name))).map((piece) => piece.role)

test('files are told apart by their names, in any case', () => {
  expect(roles('film.MOV', 'film.json', 'a.srt', 'a.fr.WAV', 'Poster.jpg', 'notes.txt')).toEqual(['master', 'sidecar', 'subtitles', 'audio', 'artwork', 'unknown'])
})

test('the largest film is the master, and those far smaller are its trailers', () => {
  const pieces = sorted([file('first_look.mp4', 4), file('film.mkv', 9)])
  expect(pieces.map((piece) => piece.role)).toEqual(['trailer', 'master'])
  const metadata = metadataOf({ ...NO_WORDS, title: 'The Boat' }, pieces, null)
  expect(metadata.trailers).toEqual([{ file: 'first_look.mp4', names: { en: 'first look' } }])
  expect(besideOf(metadata)).toEqual(['first_look.mp4'])
})

test('a film nearly as large as the master is no trailer until somebody says so', () => {
  const pieces = sorted([file('part_two.mkv', 5), file('film.mkv', 10)])
  expect(pieces.map((piece) => [piece.role, isFurther(piece)])).toEqual([['unknown', true], ['master', false]])
  expect(besideOf(metadataOf(NO_WORDS, pieces, null))).toEqual([])
  pieces[0]!.role = 'trailer'
  expect(besideOf(metadataOf(NO_WORDS, pieces, null))).toEqual(['part_two.mkv'])
})

test('beside a sidecar, what it does not name counts as nothing', () => {
  const pieces = sorted([file('film.mkv', 9), file('look.mp4'), file('long.mp4', 8), file('a.srt'), file('film.json')])
  const sidecar = sidecarOf('{"trailers": [{"file": "long.mp4"}]}')!
  expect(pieces.map((piece) => countsAs(piece, null))).toEqual(['master', 'trailer', 'unknown', 'subtitles', 'sidecar'])
  expect(pieces.map((piece) => countsAs(piece, sidecar))).toEqual(['master', 'unknown', 'trailer', 'unknown', 'sidecar'])
  expect(besideOf(metadataOf(NO_WORDS, pieces, sidecar))).toEqual(['long.mp4'])
})

test('of several sidecars one is used: the one called as the master is, otherwise the first that can be read', () => {
  const used = (files: string[], isSidecar?: (file: { name: string }) => boolean) =>
    sorted(files.map((name) => file(name)), isSidecar).flatMap((piece) => (piece.role === 'sidecar' ? [piece.file.name] : []))
  expect(used(['film.json', 'boat.mkv', 'other.json'])).toEqual(['film.json'])
  expect(used(['film.json', 'Boat.mkv', 'boat.json'])).toEqual(['boat.json'])
  expect(used(['broken.json', 'film.json', 'boat.mkv'], ({ name }) => name !== 'broken.json')).toEqual(['film.json'])
  expect(used(['broken.json', 'boat.mkv'], () => false)).toEqual([])
})

test('language and kind are read from the name', () => {
  const pieces = sorted(['film.pt-BR.srt', 'film.en.forced.srt', 'film.de.sdh.vtt', 'subtitles.srt', 'logo.png', 'art.png'].map((name) => file(name)))
  expect(pieces.map(({ language, kind }) => [language, kind])).toEqual([['pt-BR', 'subtitles'], ['en', 'forced'], ['de', 'captions'], ['', 'subtitles'], ['', 'logo'], ['', 'poster']])
})

test('without a sidecar, the form and the files say it all', () => {
  const pieces = sorted([file('m.mov'), file('m.fr.srt'), file('poster.jpg')])
  const metadata = metadataOf({ ...NO_WORDS, title: ' The Boat ', year: '1999', genres: 'drama, , sea' }, pieces, null)
  expect(metadata).toMatchObject({ names: { en: 'The Boat' }, original: 'en', year: 1999, genres: ['drama', 'sea'], rating: 'NR' })
  expect(metadata.subtitles).toEqual([{ file: 'm.fr.srt', language: 'fr', label: 'fr', kind: 'subtitles' }])
  expect(besideOf(metadata)).toEqual(['m.fr.srt', 'poster.jpg'])
})

test('a sidecar fills the form, and what is changed there is said; the rest stays', () => {
  const sidecar = sidecarOf('{"names": {"ja": "舟", "en": "Boat"}, "year": 2001, "id": "boat", "subtitles": [{"file": "a.srt", "language": "ja", "label": "日本語"}]}')!
  const words = wordsOf(sidecar)
  expect(words).toMatchObject({ title: '舟', language: 'ja', year: '2001' })
  const metadata = metadataOf({ ...words, title: '紙の舟' }, [], sidecar)
  expect(metadata).toMatchObject({ id: 'boat', names: { ja: '紙の舟', en: 'Boat' }, original: 'ja', year: 2001 })
  expect(missingOf(metadata, sorted([file('m.mov')]))).toEqual(['a.srt'])
  expect(missingOf(metadata, sorted([file('m.mov'), file('a.srt')]))).toEqual([])
})

test('timed text in XML is subtitles, and says its language like any other', () => {
  const pieces = sorted(['film.mov', 'a.fr.ttml', 'a.de.DFXP', 'a.ja.xml'].map((name) => file(name)))
  expect(pieces.map(({ role, language }) => [role, language])).toEqual([['master', ''], ['subtitles', 'fr'], ['subtitles', 'de'], ['subtitles', 'ja']])
})

test('what a sound is for is read from its name, can be changed, and is said', () => {
  const pieces = sorted(['film.fr.wav', 'film.en.ad.wav', 'film.commentary.wav', 'film.de.dub.wav', 'film.ad.flac'].map((name) => file(name)))
  expect(pieces.map(({ language, kind }) => [language, kind])).toEqual([['fr', 'main'], ['en', 'description'], ['', 'commentary'], ['de', 'dub'], ['', 'description']])
  pieces[0]!.kind = 'alternate'
  expect(metadataOf(NO_WORDS, pieces.slice(0, 2), null).audio).toEqual([
    { file: 'film.fr.wav', language: 'fr', label: 'fr', role: 'alternate' }, { file: 'film.en.ad.wav', language: 'en', label: 'en', role: 'description' },
  ])
})

test('codecs and the place in a series are said, from the form alone or from a sidecar', () => {
  const words = { ...NO_WORDS, title: 'Ice', series: ' The Boats ', season: '2', episode: '0', codecs: ['av1' as const] }
  expect(metadataOf(words, [], null)).toMatchObject({ series: 'The Boats', season: 2, episode: 0, codecs: ['av1'] })
  expect(metadataOf({ ...words, series: ' ' }, [], null)).toMatchObject({ series: null, season: null, episode: null })
  const sidecar = sidecarOf('{"names": {"en": "Ice"}, "series": "boats", "season": 1, "episode": 3, "codecs": ["h264", "hevc"]}')!
  expect(wordsOf(sidecar)).toMatchObject({ series: 'boats', season: '1', episode: '3', codecs: ['hevc'] })
  expect(metadataOf({ ...wordsOf(sidecar), episode: '4' }, [], sidecar)).toMatchObject({ series: 'boats', season: 1, episode: 4, codecs: ['hevc'] })
})

test('what is no sidecar is none', () => {
  expect(sidecarOf('[1]')).toBeNull()
  expect(sidecarOf('{')).toBeNull()
})
