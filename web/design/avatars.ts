// Six ushers. A profile keeps the name of one; a profile without is given one by its own name, always the same.
export interface Face {
  id: string
  wall: string
  paint: string
  shape: string
  eyes: number
}

export const faces: readonly Face[] = [
  { id: 'lantern', wall: '#8a4b12', paint: '#ffc56b', shape: 'M32 10c14 0 20 10 20 24S44 56 32 56 12 48 12 34s6-24 20-24z', eyes: 32 },
  { id: 'owl', wall: '#1d4d57', paint: '#8fe0d2', shape: 'M14 10l9 6c6-2 12-2 18 0l9-6v26c0 12-8 20-18 20s-18-8-18-20z', eyes: 30 },
  { id: 'ticket', wall: '#6b2440', paint: '#ff9fb4', shape: 'M12 14h40v12a6 6 0 0 0 0 12v14H12V38a6 6 0 0 0 0-12z', eyes: 28 },
  { id: 'moon', wall: '#2b3272', paint: '#b9c3ff', shape: 'M32 8l7 8 11-1-1 11 8 7-8 7 1 11-11-1-7 8-7-8-11 1 1-11-8-7 8-7-1-11 11 1z', eyes: 30 },
  { id: 'cat', wall: '#2f4a26', paint: '#c3e38f', shape: 'M13 12l10 8h18l10-8v24c0 11-8 18-19 18s-19-7-19-18z', eyes: 34 },
  { id: 'cloud', wall: '#45315f', paint: '#dcb8ff', shape: 'M20 50a12 12 0 0 1-4-23 16 16 0 0 1 31-3 13 13 0 0 1 1 26z', eyes: 34 },
]

export function faceOf(avatar: string | null, name: string): number {
  const chosen = faces.findIndex((face) => face.id === avatar)
  if (chosen >= 0) return chosen
  let sum = 0
  for (const letter of avatar || name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973
  return sum % faces.length
}
