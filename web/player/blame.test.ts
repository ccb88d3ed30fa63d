import { expect, test } from 'vitest'
import { Witness, type Tried } from './blame'

const NEAR = 'http://near.example:9'
const FAR = 'http://far.example:9/edge'
const MPD = `<MPD><BaseURL serviceLocation="near-1">${NEAR}/v1/t/r/</BaseURL><BaseURL serviceLocation="far-1">${FAR}/v1/t/r/</BaseURL></MPD>`
const request = (attempt = 0): Tried => ({ uris: [`${NEAR}/v1/t/r/1.m4s`, `${FAR}/v1/t/r/1.m4s`], attempt })

function watching(): { witness: Witness; pass: (ms: number) => void } {
  let now = 0
  const witness = new Witness(() => now)
  witness.read('/manifest.mpd', MPD)
  return { witness, pass: (ms) => (now += ms) }
}

function failed(witness: Witness, why: { code?: number; status?: number; aborted?: boolean } = {}): Tried {
  const tried = request()
  witness.note({ request: tried, error: { code: why.code ?? 1002 }, httpResponseCode: why.status ?? 0, aborted: why.aborted ?? false })
  tried.attempt = 1
  return tried
}

test.each([[{ code: 1002 }, 'network'], [{ code: 1003 }, 'timeout'], [{ code: 7001, aborted: true }, 'timeout'], [{ code: 1001, status: 503 }, '503']])(
  'who failed with %o at what another then did is named, with the reason %s', (why, reason) => {
    const { witness } = watching()
    expect(witness.failing(failed(witness, why))).toEqual([{ pathway: 'near-1', reason }])
  },
)

test('who did what was asked is not named, though it took two tries', () => {
  const { witness } = watching()
  const tried = failed(witness)
  tried.attempt = 2
  expect(witness.failing(tried)).toEqual([])
})

test('what was broken off by the viewer is nobody’s failure', () => {
  const { witness } = watching()
  expect(witness.failing(failed(witness, { code: 7001 }))).toEqual([])
})

test('while nothing comes from anywhere, nobody is named', () => {
  const { witness } = watching()
  failed(witness)
  expect(witness.failing(request())).toEqual([])
})

test('a pathway is named once in half a minute', () => {
  const { witness, pass } = watching()
  expect(witness.failing(failed(witness))).toHaveLength(1)
  expect(witness.failing(failed(witness))).toEqual([])
  pass(30_000)
  expect(witness.failing(failed(witness))).toHaveLength(1)
})

test('a playlist of a pathway says where that is', () => {
  const witness = new Witness(() => 0)
  witness.read('http://house.example/hls/v1.m3u8?pathway=near-1', `#EXTM3U\n#EXT-X-MAP:URI="${NEAR}/v1/t/r/init.mp4"\n${NEAR}/v1/t/r/1.m4s\n`)
  expect(witness.failing(failed(witness))).toEqual([{ pathway: 'near-1', reason: 'network' }])
})

test('of a place without a name nothing is said', () => {
  const witness = new Witness(() => 0)
  expect(witness.failing(failed(witness))).toEqual([])
})
