// How fast a film is wound: each press doubles the pace, a press the other way turns around. Pure.

/** Times the usual pace; negative is backwards, 1 is not winding. */
export type Winding = number

export const NOT_WINDING: Winding = 1
const FIRST = 2
const FASTEST = 8

export function windFurther(now: Winding, direction: 1 | -1): Winding {
  const isSameWay = now !== NOT_WINDING && Math.sign(now) === direction
  return direction * (isSameWay ? Math.min(FASTEST, Math.abs(now) * 2) : FIRST)
}
