import { describe, expect, test } from 'vitest'
import { describeDevice } from './device'
import { drmConfiguration, mayCarryToken } from './eme'
import { problemOf } from './failures'
import { actionOf } from './keys'
import { windFurther } from './winding'
import { creditsStart, skippable, tileAt, told } from './timeline'

const browser = (known: string[], screen: 'plain' | 'wide' = 'plain') => ({
  decodes: (type: string) => known.some((name) => type.includes(`"${name}`)), matches: () => screen === 'wide',
})
const press = (key: string, held: Partial<Record<'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey', boolean>> = {}) => ({ key, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...held })

describe('the keyboard', () => {
  test('arrows seek and change the volume, whatever the layout direction', () => {
    expect(actionOf(press('ArrowLeft'))).toBe('back')
    expect(actionOf(press('ArrowUp'))).toBe('louder')
  })
  test('arrows with shift wind', () => {
    expect(actionOf(press('ArrowRight', { shiftKey: true }))).toBe('wind-forward')
    expect(actionOf(press('ArrowLeft', { shiftKey: true }))).toBe('wind-back')
    expect(actionOf(press('?', { shiftKey: true }))).toBe('help')
  })
  test('letters can be switched off, named keys cannot', () => {
    expect(actionOf(press('m'))).toBe('mute')
    expect(actionOf(press('m'), { letters: false })).toBeNull()
    expect(actionOf(press(' '), { letters: false })).toBe('toggle-play')
  })
  test('the browser keeps its own combinations', () => expect(actionOf(press('f', { ctrlKey: true }))).toBeNull())
  test('statistics hide behind a chord', () => {
    expect(actionOf(press('D', { ctrlKey: true, altKey: true, shiftKey: true }))).toBe('stats')
  })
})

describe('winding', () => {
  test('gets faster with each press, up to eight times', () => {
    expect([1, 2, 4, 8].map((pace) => windFurther(pace, 1))).toEqual([2, 4, 8, 8])
    expect([1, -2, -4, -8].map((pace) => windFurther(pace, -1))).toEqual([-2, -4, -8, -8])
  })
  test('a press the other way turns around, slowly', () => {
    expect(windFurther(8, -1)).toBe(-2)
    expect(windFurther(-4, 1)).toBe(2)
  })
})

describe('the timeline', () => {
  const markers = [{ kind: 'intro' as const, start_ms: 1_000, end_ms: 9_000, label: null }, { kind: 'credits' as const, start_ms: 50_000, end_ms: 60_000, label: null }]
  test('an intro can be skipped while one is in it, not in its last instant', () => {
    expect(skippable(markers, 500)).toBeNull()
    expect(skippable(markers, 1_000)?.end_ms).toBe(9_000)
    expect(skippable(markers, 8_900)).toBeNull()
  })
  test('at its end a film shows its whole length, however the encoder cut the last frame', () => {
    expect(told(5_999, 5_999)).toEqual({ at_ms: 6_000, of_ms: 6_000 })
    expect(told(5_920, 6_000)).toEqual({ at_ms: 6_000, of_ms: 6_000 })
    expect(told(5_400, 5_400)).toEqual({ at_ms: 5_000, of_ms: 5_000 })
  })
  test('before that only whole seconds count', () => {
    expect(told(999, 6_000)).toEqual({ at_ms: 0, of_ms: 6_000 })
    expect(told(5_700, 6_000)).toEqual({ at_ms: 5_000, of_ms: 6_000 })
    expect(told(-5, 0)).toEqual({ at_ms: 0, of_ms: 0 })
  })
  test('without credits the film ends at its end', () => {
    expect(creditsStart(markers, 60_000)).toBe(50_000)
    expect(creditsStart([], 60_000)).toBe(60_000)
  })
  test('a moment has its picture on its sheet, and the last picture serves what lies after it', () => {
    const sheets = { url_template: '/t/$Number$.jpg', tile_columns: 5, tile_rows: 2, tile_width: 160, tile_height: 90, interval_ms: 2_000, count: 23 }
    expect(tileAt(sheets, 0)).toMatchObject({ url: '/t/1.jpg', x: 0, y: 0 })
    expect(tileAt(sheets, 13_999)).toMatchObject({ url: '/t/1.jpg', x: 160, y: 90 })
    expect(tileAt(sheets, 9_999_999)).toMatchObject({ url: '/t/3.jpg', x: 320, y: 0 })
  })
})

describe('keys', () => {
  const plan = { drm: { systems: ['org.w3.clearkey'], license_urls: { 'org.w3.clearkey': '/api/v1/licenses/clearkey' }, token: 't' } }
  const page = 'http://127.0.0.1:8000/watch/1'
  test('are asked from the servers of the plan', () => {
    expect(drmConfiguration(plan).servers).toEqual({ 'org.w3.clearkey': '/api/v1/licenses/clearkey' })
  })
  test('only our own license door sees the token', () => {
    expect(mayCarryToken('/api/v1/licenses/clearkey/keys/ab', plan, page)).toBe(true)
    expect(mayCarryToken('http://127.0.0.1:8000/api/v1/licenses/other', plan, page)).toBe(true)
    expect(mayCarryToken('http://127.0.0.1:9000/api/v1/licenses/clearkey', plan, page)).toBe(false)
    expect(mayCarryToken('http://127.0.0.1:8000/api/v1/browse/home', plan, page)).toBe(false)
  })
})

test('a device asks for no less than 720 lines and no more than its screen has', () => {
  expect(describeDevice({ width: 390, height: 844 }, 1, browser([])).max_height).toBe(720)
  expect(describeDevice({ width: 1920, height: 1080 }, 2, browser([])).max_height).toBe(2160)
})

test('a device names the codecs it decodes, and HDR only where its screen shows it and every decoder knows it', () => {
  const screen = { width: 1920, height: 1080 }
  expect(describeDevice(screen, 1, browser([])).codecs).toEqual(['avc1', 'mp4a'])
  expect(describeDevice(screen, 1, browser(['avc1', 'av01', 'vp09'])).codecs).toEqual(['avc1', 'av01', 'vp09', 'mp4a'])
  expect(describeDevice(screen, 1, browser(['av01'], 'wide')).hdr).toBe(true)
  expect(describeDevice(screen, 1, browser(['av01'])).hdr).toBe(false)
  expect(describeDevice(screen, 1, browser(['av01.0.08', 'hvc1'], 'wide')).hdr).toBe(false)
})

test('a device names the sound it decodes, and no other', () => {
  const told = (known: string[]) => describeDevice({ width: 1280, height: 720 }, 1, browser(known))
  expect(told([])).toMatchObject({ codecs: ['avc1', 'mp4a'], audio: ['stereo'] })
  expect(told(['opus'])).toMatchObject({ codecs: ['avc1', 'mp4a', 'opus'], audio: ['stereo'] })
  expect(told(['opus', 'ec-3'])).toMatchObject({ codecs: ['avc1', 'mp4a', 'opus', 'ec-3'], audio: ['stereo', 'surround'] })
})

test('a failure of the engine becomes a problem with a name', () => {
  expect(problemOf({ code: 6007, category: 6, data: [{ code: 1001, data: ['u', 403, '', {}] }] }).kind).toBe('license-refused')
  expect(problemOf({ code: 4012, category: 4, data: [{ missingKeys: ['00'] }] }).kind).toBe('license-refused')
  expect(problemOf({ code: 6001, category: 6, data: [] }).kind).toBe('keys-unsupported')
  expect(problemOf({ code: 4032, category: 4, data: [] }).kind).toBe('no-stream')
  expect(problemOf({ code: 1001, category: 1, data: ['u', 404] }).kind).toBe('media-failed')
  expect(problemOf({ code: 3016, category: 3, data: [] }).kind).toBe('decode-failed')
  expect(problemOf(new Error('?')).kind).toBe('unexpected')
})
