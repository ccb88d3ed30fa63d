import { describe, expect, test } from 'vitest'
import { encoded, objectType, Telling } from './cmcd'

const EDGE = 'http://edge.example:9/v1/t/r/hd/v1'
const OTHER = 'http://other.example:9/v1/t/r/hd/v1'
const PICTURE = { kind: 'video', isInit: false, mimeType: 'video/mp4', bitrate_kbps: 812.4, length_ms: 4_000 }

const film = () => new Telling({ session: 's-1', title: 't-1', kind: 'dash' })
const read = (uri: string | undefined) => new Map((new URL(uri ?? '').searchParams.get('CMCD') ?? '').split(',').map((pair) => pair.split('=') as [string, string | undefined]))

describe('what a player says', () => {
  test('is written in the order of its keys, words in quotes, tokens without', () => {
    expect(encoded({ st: 'v', sid: 'a"b\\c', br: 812.4, su: true, bs: false })).toBe('br=812,sid="a\\"b\\\\c",st=v,su')
  })

  test('is rounded to hundreds where the standard says so, and left out where it is no number', () => {
    expect(encoded({ bl: 9_049, mtp: 1_251, d: 4_004, br: Number.NaN })).toBe('bl=9000,d=4004,mtp=1300')
  })

  test.each([
    [{ kind: 'video', isInit: true, mimeType: 'video/mp4' }, 'i'], [{ kind: 'audio', isInit: false, mimeType: 'audio/mp4' }, 'a'],
    [{ kind: 'text', isInit: false, mimeType: 'application/mp4' }, 'tt'], [{ kind: 'text', isInit: false, mimeType: 'text/vtt' }, 'c'],
    [{ kind: 'image', isInit: false, mimeType: 'image/jpeg' }, 'o'],
  ])('of %o is of type %s', (wanted, type) => expect(objectType(wanted)).toBe(type))

  test('is what it plays, how it is, and how urgent it is', () => {
    const telling = film()
    const [first] = telling.told([`${EDGE}/1.m4s`], PICTURE, null)
    expect([...read(first).keys()]).toEqual(['br', 'cid', 'd', 'ot', 'sf', 'sid', 'st', 'su'])
    telling.isWaiting = false
    telling.learn(first ?? '', 500_000, 400)
    const then = read(telling.told([`${EDGE}/2.m4s`], PICTURE, 12_340)[0])
    expect([then.get('bl'), then.get('mtp'), then.get('sid'), then.get('cid'), then.has('su')]).toEqual(['12300', '10000', '"s-1"', '"t-1"', false])
  })

  test('is that it ran dry, once', () => {
    const telling = film()
    telling.starve()
    const [first, second] = ['1', '2'].map((name) => read(telling.told([`${EDGE}/${name}.m4s`], PICTURE, 0)[0]))
    expect([first?.has('bs'), second?.has('bs')]).toEqual([true, false])
  })

  test('of a server is what was measured there, the slow ones remembered', () => {
    const telling = film()
    telling.learn(`${EDGE}/1.m4s`, 1_000_000, 1_000)
    telling.learn(`${EDGE}/2.m4s`, 1_000_000, 8_000)
    telling.learn(`${OTHER}/2.m4s`, 1_000, 1)
    const [here, there] = telling.told([`${EDGE}/3.m4s`, `${OTHER}/3.m4s`], PICTURE, 0).map(read)
    expect(Number(here?.get('mtp'))).toBeLessThan(3_000)
    expect(there?.has('mtp')).toBe(false)
  })

  test('stays as it was when a request is tried again, and when a segment is wanted again, so that a cache knows the address', () => {
    const telling = film()
    const told = telling.told([`${EDGE}/1.m4s`, `${OTHER}/1.m4s`], PICTURE, 0)
    expect(telling.told(told, PICTURE, 5_000)).toEqual(told)
    telling.starve()
    expect(telling.told([`${EDGE}/1.m4s`], PICTURE, 9_000)).toEqual(told.slice(0, 1))
    expect(read(telling.told([`${EDGE}/2.m4s`], PICTURE, 9_000)[0]).has('bs')).toBe(true)
  })

  test('goes to servers alone, and to no address of another kind', () => {
    expect(film().told(['data:text/vtt,WEBVTT'], PICTURE, 0)).toEqual(['data:text/vtt,WEBVTT'])
  })

  test('names no address: in those there are tickets', () => {
    expect(film().told([`${EDGE}/1.m4s`], PICTURE, 0)[0]?.split('CMCD=')[1]).not.toContain('v1')
  })
})
