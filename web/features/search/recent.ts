// What a profile looked for last, on this device only. A kids' profile leaves nothing behind.
const KEPT = 8
const at = (profile: string): string => `matinee:searches:${profile}`

export function recentSearches(profile: string): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(at(profile)) ?? '[]')
    return Array.isArray(kept) ? kept.filter((text): text is string => typeof text === 'string').slice(0, KEPT) : []
  } catch {
    return [] // storage that is closed or was written by something else
  }
}

export function keepSearch(profile: string, text: string): string[] {
  const kept = [text, ...recentSearches(profile).filter((other) => other.toLowerCase() !== text.toLowerCase())].slice(0, KEPT)
  write(profile, kept)
  return kept
}

export function clearSearches(profile: string): void {
  write(profile, [])
}

function write(profile: string, kept: string[]): void {
  try {
    if (kept.length) localStorage.setItem(at(profile), JSON.stringify(kept))
    else localStorage.removeItem(at(profile))
  } catch {
    // a private window: they last as long as the page
  }
}
