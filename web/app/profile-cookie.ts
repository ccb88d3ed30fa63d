// Who is watching, for requests that the browser makes on its own: an <img> cannot send a header, and what a picture
// shows depends on the profile. Not a secret; the sign-in's own cookie is what opens the door.

/** The line for `document.cookie`; null takes the profile out. */
export function profileCookie(id: string | null, isSecure: boolean): string {
  const life = id === null ? '; max-age=0' : ''
  return `matinee-profile=${encodeURIComponent(id ?? '')}; path=/; samesite=lax${life}${isSecure ? '; secure' : ''}`
}
