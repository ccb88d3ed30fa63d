import { expect, test } from 'vitest'
import type { Evidence, RungShown } from '../../api/types'
import { codecsOf, inCodec } from './codecs'

const rung = (id: string): RungShown => ({ id, width: 2, height: 2, expected: { height: 2, kbps: 1, vmaf: 90, vmaf_sd: 0, vmaf_phone: null, vmaf_4k: null }, measured: null })
const evidence: Evidence = {
  width: 2, height: 2, frames: 1, frames_per_second: 24, findings: [], curves: [], fixed: [], rungs: [rung('h')], segments: [0], scenes: [0], compared: [],
  others: [{ codec: 'av1', curves: [[]], rungs: [rung('a')] }],
}

test('a ladder is shown in the codec that was asked for, and in H.264 where there is no other', () => {
  expect(codecsOf(evidence)).toEqual([['h264', 'H.264'], ['av1', 'AV1']])
  expect(inCodec(evidence, 'av1').rungs.map((each) => each.id)).toEqual(['a'])
  expect(inCodec(evidence, 'av1').segments).toBe(evidence.segments)
  expect(inCodec(evidence, 'h264')).toBe(evidence)
  expect(inCodec(evidence, 'vp9')).toBe(evidence)
})
