// A letter's link carries its token behind the `#`: it is in no request and no log. Taken out of the address at once, so that
// it does not stay in the history.
export function takeToken(): string {
  const token = location.hash.slice(1)
  if (token) history.replaceState(history.state, '', location.pathname + location.search)
  return token
}
