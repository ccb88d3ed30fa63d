// Which rows show posters. Named one by one: a genre may have any name, stop-motion too.
const TALL: ReadonlySet<string> = new Set(['top', 'poster-new'])

export const shapeOf = (row: string): 'tall' | 'wide' => (TALL.has(row) ? 'tall' : 'wide')
