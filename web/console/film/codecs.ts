// A release may have ladders in several codecs. What is shown is one of them; segments, scenes and findings are the film's.
import type { Evidence, LadderShown } from '../../api/types'

export type Codec = LadderShown['codec']
export const CODEC_NAMES: Readonly<Record<Codec, string>> = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1', vp9: 'VP9' }

export function codecsOf(evidence: Evidence): readonly (readonly [Codec, string])[] {
  const all: readonly Codec[] = ['h264', ...evidence.others.map((each) => each.codec)]
  return all.map((codec) => [codec, CODEC_NAMES[codec]])
}

/** The fixed ladder stays beside it: that is what everybody gets elsewhere. */
export function inCodec(evidence: Evidence, codec: Codec): Evidence {
  const other = evidence.others.find((each) => each.codec === codec)
  return other ? { ...evidence, curves: other.curves, rungs: other.rungs } : evidence
}
