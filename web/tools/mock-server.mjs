// A stand-in for the whole service, for working on this client alone. Development only; holds everything in memory.
//   npm run build && node tools/mock-server.mjs [--port 8100] [--media DIR] [--world full|preparing|empty] [--streams 2]
// DIR comes from tools/mock-media.sh; without it films are listed but do not play. Words and pictures are invented here.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values: options } = parseArgs({
  options: { port: { type: 'string', default: '8100' }, media: { type: 'string', default: '/tmp/matinee-mock-media' }, world: { type: 'string', default: 'full' }, streams: { type: 'string', default: '2' } },
})
const PORT = Number(options.port)
const EDGE_PORT = PORT + 1
const EDGE = `http://127.0.0.1:${EDGE_PORT}`
const WEB = fileURLToPath(new URL('../../src/matinee/web/', import.meta.url))
const DEMO = { email: 'demo@matinee.example', password: 'take-your-seat' }
const TOKEN = 'mock-license-token'
const KEYS = { '00112233445566778899aabbccddeeff': 'ffeeddccbbaa99887766554433221100', 'ffeeddccbbaa99887766554433221100': '00112233445566778899aabbccddeeff' }
const CSP = `default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: http://127.0.0.1:* https:; media-src 'self' blob:; connect-src 'self' ${EDGE}; worker-src 'self' blob:`

// ---- the films ----
const FILMS = [
  ['Paper Boat', 2026, 'PG', 95, ['Adventure', 'Animation'], 'A folded boat leaves the gutter of a quiet street and, one rainstorm later, is halfway to the sea.', 205, 'boat'],
  ['The Lamplighter of Saint Orso', 2025, '7+', 6120, ['Drama', 'Mystery'], 'When the last gas lamps of an alpine town are to be switched off, their keeper begins to light them in the wrong order.', 28, 'moon'],
  ['Seven Minutes of Snow', 2024, '12+', 5340, ['Thriller'], 'A cable car stops above the tree line. Everyone on board has an hour of air and a reason not to be found.', 215, 'peaks'],
  ['Orchard, with Satellites', 2026, 'PG', 4980, ['Science fiction'], 'Two sisters who grow apples at the edge of a launch site start receiving letters from orbit.', 140, 'hills'],
  ['Night Bus to Almería', 2023, '16+', 7020, ['Drama', 'Road film'], 'Eleven strangers, one broken heater, and a driver who has decided not to stop where he should.', 345, 'road'],
  ['The Clockmaker’s Tide', 2025, '12+', 6660, ['Fantasy'], 'In a harbor where the sea comes in on time, someone has begun to steal minutes.', 185, 'waves'],
  ['Tin Opera', 2022, 'PG', 5760, ['Musical', 'Comedy'], 'A brass band of retired miners is booked, by mistake, for La Scala.', 40, 'tiles'],
  ['Small Hours', 2026, '16+', 5880, ['Noir'], 'The night editor of a dying paper prints tomorrow’s obituaries. One of them is early.', 265, 'city'],
  ['Kite Season', 2021, '0+', 4560, ['Family'], 'Three children, forty meters of line, and the windiest roof in Izmir.', 12, 'kite'],
  ['Salt and Static', 2024, '12+', 6300, ['Documentary'], 'Radio hams on a salt flat wait for the one night in eleven years when the ether opens.', 165, 'peaks'],
  ['Umbra', 2025, '16+', 7380, ['Science fiction', 'Thriller'], 'During the longest eclipse on record, a research station loses one person and gains two.', 300, 'moon'],
  ['Bread for Ottilie', 2023, 'PG', 5520, ['Comedy', 'Drama'], 'A baker wins a prize for a loaf she never made, and has nine days to learn how.', 32, 'hills'],
].map(([name, year, rating, duration_s, genres, synopsis, hue, motif], i) => ({
  id: `0199f000-0000-7000-8000-0000000000${String(i + 10)}`, name, type: 'film', year, rating, duration_s, synopsis, genres, hue, motif,
  cast: ['Ines Okafor', 'Tomas Lindqvist', 'Mai Hoshino', 'Karim Haddad'].slice(i % 2, 4),
}))

/** Pictures drawn from a hue and a motif, so that nothing is fetched from anywhere. */
function picture(film, width, height, withName) {
  const h = film.hue
  const c = (l, s = 55, shift = 0) => `hsl(${(h + shift) % 360} ${s}% ${l}%)`
  const [w, t] = [width, height]
  const ridge = (y, amp, n, fill, seed = 0) => {
    let d = `M0 ${t}`
    for (let i = 0; i <= n; i += 1) d += ` L${(w * i) / n} ${t * y - Math.abs(Math.sin(i * 1.7 + seed + h)) * t * amp}`
    return `<path d="${d} L${w} ${t}z" fill="${fill}"/>`
  }
  const swell = (y, fill, seed) => `<path d="M0 ${t * y} ${[0, 1, 2, 3].map((i) => `Q${w * (i * 0.25 + 0.125)} ${t * (y + (i % 2 ? 0.05 : -0.05) * seed)} ${w * (i + 1) * 0.25} ${t * y}`).join(' ')} V${t} H0z" fill="${fill}"/>`
  const disc = `<circle cx="${w * 0.68}" cy="${t * 0.34}" r="${Math.min(w, t) * 0.15}" fill="${c(80, 80, 20)}"/>`
  const motifs = {
    boat: `${disc}${swell(0.66, c(30), 1)}<path d="M${w * 0.56} ${t * 0.68}h${w * 0.2}l${-w * 0.04} ${t * 0.075}h${-w * 0.12}z M${w * 0.655} ${t * 0.66}v${-t * 0.2}l${w * 0.07} ${t * 0.2}z M${w * 0.645} ${t * 0.66}v${-t * 0.15}l${-w * 0.055} ${t * 0.15}z" fill="#f7efe0"/>${swell(0.76, c(22), -1)}${swell(0.88, c(14), 1)}`,
    moon: `${disc}<circle cx="${w * 0.73}" cy="${t * 0.3}" r="${Math.min(w, t) * 0.13}" fill="${c(24)}"/>${ridge(0.85, 0.22, 9, c(15))}${ridge(0.95, 0.12, 14, c(9), 2)}`,
    peaks: `${disc}${ridge(0.72, 0.34, 7, c(34, 35))}${ridge(0.84, 0.24, 9, c(22, 40), 1)}${ridge(0.96, 0.14, 12, c(12), 3)}`,
    hills: `${disc}${swell(0.6, c(36, 45), 2)}${swell(0.72, c(26, 50), -2)}${swell(0.86, c(16), 2)}`,
    road: `${disc}${ridge(0.6, 0.1, 10, c(24))}<path d="M0 ${t}L${w * 0.6} ${t * 0.6}h${w * 0.05}L${w * 0.95} ${t}z" fill="${c(10)}"/><path d="M${w * 0.45} ${t}L${w * 0.622} ${t * 0.62}L${w * 0.5} ${t}z" fill="#ffd27a"/>`,
    waves: [0.5, 0.6, 0.7, 0.8, 0.9].map((y, i) => swell(y, c(44 - i * 8), i % 2 ? 2 : -2)).join('') + disc,
    tiles: Array.from({ length: 40 }, (_, i) => `<circle cx="${w * ((i % 10) / 10 + 0.05)}" cy="${t * (Math.floor(i / 10) / 4 + 0.125)}" r="${t * 0.09}" fill="${c(20 + ((i * 37) % 45), 60, (i * 13) % 60)}"/>`).join(''),
    city: `${disc}${Array.from({ length: 16 }, (_, i) => `<rect x="${(w * i) / 16}" y="${t * (0.45 + (((i * 53) % 37) / 37) * 0.3)}" width="${w / 17}" height="${t}" fill="${c(12 + (i % 3) * 4)}"/>`).join('')}`,
    kite: `${swell(0.82, c(20), 2)}<path d="M${w * 0.66} ${t * 0.16}l${w * 0.07} ${t * 0.15}l${-w * 0.07} ${t * 0.25}l${-w * 0.07} ${-t * 0.25}z" fill="${c(78, 90, 30)}"/><path d="M${w * 0.66} ${t * 0.56}q${-w * 0.08} ${t * 0.14} ${-w * 0.2} ${t * 0.3}" stroke="#fff8" fill="none" stroke-width="${w * 0.003}"/>`,
  }
  const size = Math.min(w / 9, t / 6)
  const words = film.name.split(' ')
  const lines = words.reduce((all, word) => { const last = all.at(-1); if (last && (last + word).length < (w < t ? 11 : 15)) all[all.length - 1] = `${last} ${word}`; else all.push(word); return all }, [])
  const name = withName ? `<g font-family="Palatino, Georgia, serif" font-weight="600" font-size="${size}" fill="#fff9ec">${lines.map((line, i) => `<text x="${w * 0.07}" y="${t * 0.93 - (lines.length - 1 - i) * size * 1.05}">${line}</text>`).join('')}</g>` : ''
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${t}" width="${w}" height="${t}"><defs><linearGradient id="s" x1="0" y1="0" x2=".3" y2="1"><stop stop-color="${c(13, 60)}"/><stop offset=".55" stop-color="${c(34, 58, 10)}"/><stop offset="1" stop-color="${c(56, 70, 35)}"/></linearGradient><linearGradient id="d" x1="0" y1="0" x2="0" y2="1"><stop offset=".5" stop-opacity="0"/><stop offset="1" stop-opacity=".55"/></linearGradient></defs><rect width="${w}" height="${t}" fill="url(#s)"/>${motifs[film.motif]}${withName ? `<rect width="${w}" height="${t}" fill="url(#d)"/>` : ''}${name}</svg>`
}

// ---- state ----
let serial = 0
const uuid = () => `0199f111-0000-7000-8000-${String(++serial).padStart(12, '0')}`
const now = () => new Date().toISOString()
const state = {
  cookies: new Map(), plays: new Map(), progress: new Map([[FILMS[1].id, 0.42], [FILMS[6].id, 0.81], [FILMS[9].id, 0.12]]), lists: new Map(), limit: Number(options.streams), since: Date.now(), world: options.world, refuse: new Set(),
  profiles: [
    { id: uuid(), name: 'Mara', avatar: 'lantern', language: null, kids: false, maturity: '18', autoplay: true },
    { id: uuid(), name: 'يوسف', avatar: 'owl', language: 'ar', kids: false, maturity: '18', autoplay: true },
    { id: uuid(), name: 'Juno', avatar: 'cat', language: 'en', kids: true, maturity: '7', autoplay: false },
  ],
  titles: FILMS.map((film, i) => {
    const releases = i === 5 ? [] : [{ id: uuid(), created_at: '2026-11-20T18:12:00Z', profile: 'per-shot', placed: true }, ...(i % 3 === 0 ? [{ id: uuid(), created_at: '2026-11-12T09:40:00Z', profile: 'fast', placed: true }] : [])]
    return { id: film.id, name: film.name, state: i === 5 ? 'preparing' : 'available', current_release: releases[0]?.id ?? null, earlier_release: releases[1]?.id ?? null, releases }
  }),
}
const preparing = () => {
  const elapsed = (Date.now() - state.since) / 1000
  const films = state.world === 'full' ? [['The Clockmaker’s Tide', 'encoding', 0.34]] : [['Paper Boat', 'encoding', 0.43], ['The Lamplighter of Saint Orso', 'waiting', 0.05]]
  return state.world === 'empty' ? [] : films.map(([name, stage, from]) => ({ name, stage, progress: Math.min(0.99, from + elapsed / 900) }))
}
const item = ({ hue, motif, cast, ...film }) => ({ ...film, poster_url: `/art/${film.id}/poster.svg`, backdrop_url: `/art/${film.id}/backdrop.svg`, artwork_url: `/art/${film.id}/card.svg`, progress: state.progress.get(film.id) ?? null })
const pick = (...indexes) => indexes.map((i) => item(FILMS[i]))
function home() {
  if (state.world !== 'full') return { billboard: null, rows: [], preparing: preparing() }
  return {
    billboard: item(FILMS[0]), preparing: preparing(),
    rows: [
      { id: 'continue', title: 'Continue watching', reason: null, items: FILMS.filter((film) => state.progress.has(film.id)).map(item) },
      { id: 'for-you', title: 'For tonight', reason: 'Because you finished Seven Minutes of Snow', items: pick(2, 10, 7, 3, 4, 9, 1, 11) },
      { id: 'poster-new', title: 'New this month', reason: null, items: pick(10, 0, 3, 7, 5, 1, 2, 6, 8, 11) },
      { id: 'light', title: 'Under two hours, lightly salted', reason: 'Short films and comedies', items: pick(8, 6, 11, 0, 3, 9) },
    ],
  }
}

// ---- answering ----
const send = (response, status, body, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
  response.end(body === undefined ? '' : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body))
}
const ok = (response, data, status = 200, headers = {}) => send(response, status, { data, meta: { request_id: uuid(), version: 'mock' } }, headers)
const none = (response, headers) => send(response, 204, undefined, headers)
const refuse = (response, status, type, detail, members = {}) =>
  send(response, status, { ...members, type: `https://matinee.invalid/problems/${type}`, title: type, status, detail, request_id: uuid() }, { 'content-type': 'application/problem+json' })
// A slot frees after silence, as in the service; sooner, because here a heartbeat comes every two seconds.
const SILENCE_MS = 10_000
const live = () => [...state.plays.values()].filter((play) => !play.ended && Date.now() - play.heard < SILENCE_MS)

const routes = [
  ['POST', '/sessions', ({ response, body, request }) => {
    if (body.email !== DEMO.email || body.password !== DEMO.password) return refuse(response, 401, 'wrong-credentials', 'Email or password is not right.')
    const id = uuid()
    state.cookies.set(id, { id, device: /Mobile/.test(request.headers['user-agent']) ? 'Phone' : 'Chromium on Linux', created_at: now(), last_seen_at: now() })
    ok(response, { account: account() }, 201, { 'set-cookie': `matinee=${id}; HttpOnly; SameSite=Lax; Path=/` })
  }],
  ['DELETE', '/sessions/current', ({ response, sid }) => (state.cookies.delete(sid), none(response, { 'set-cookie': 'matinee=; Max-Age=0; Path=/' }))],
  ['GET', '/sessions', ({ response, sid }) => ok(response, [...state.cookies.values(), { id: 'tv', device: 'Living room television', created_at: '2026-10-01T10:00:00Z', last_seen_at: '2026-11-19T21:30:00Z' }].map((each) => ({ ...each, current: each.id === sid })))],
  ['DELETE', '/sessions/:id', ({ response, params }) => (state.cookies.delete(params.id), none(response))],
  ['GET', '/accounts/current', ({ response }) => ok(response, account())],
  ['GET', '/profiles', ({ response }) => ok(response, state.profiles)],
  ['POST', '/profiles', ({ response, body }) => {
    if (state.profiles.length >= 5) return refuse(response, 409, 'too-many-profiles', 'An account holds up to 5 profiles. Remove one first.')
    const profile = { id: uuid(), avatar: null, language: null, kids: false, maturity: '18', autoplay: true, ...body }
    state.profiles.push(profile)
    ok(response, profile, 201)
  }],
  ['PATCH', '/profiles/:id', ({ response, body, params }) => ok(response, Object.assign(state.profiles.find((each) => each.id === params.id) ?? {}, body))],
  ['GET', '/browse/home', ({ response }) => ok(response, home())],
  ['GET', '/titles/:id/metadata', ({ response, params }) => {
    const film = FILMS.find((each) => each.id === params.id)
    if (!film) return refuse(response, 404, 'not-found', 'There is no such title.')
    const { name, duration_s, ...rest } = item(film)
    if (film === FILMS[4]) return refuse(response, 404, 'title-not-found', 'There is no such title here.')
    if (film === FILMS[5]) return refuse(response, 409, 'not-yet-playable', `${film.name} cannot be played yet. Try again soon.`)
    ok(response, {
      ...rest, title: name, duration: duration_s, cast: film.cast, seasons: [], audio: [{ language: 'en', label: null }, { language: 'fr', label: null }], subtitles: [{ language: 'en', label: null }, { language: 'ar', label: null }, { language: 'ja', label: null }],
      availability: { state: 'available' }, has_preview: false, trailers: film === FILMS[0] ? [{ id: FILMS[1].id, name: 'Official trailer', duration: 95 }] : [],
    })
  }],
  ['GET', '/search', ({ response, url }) => {
    const q = (url.searchParams.get('q') ?? '').toLowerCase()
    ok(response, { items: FILMS.filter((film) => [film.name, film.synopsis, ...film.genres, ...film.cast].join(' ').toLowerCase().includes(q)).map(item) })
  }],
  ['GET', '/profiles/:id/watchlist', ({ response, params }) => ok(response, FILMS.filter((film) => state.lists.get(params.id)?.has(film.id)).map(item))],
  ['PUT', '/profiles/:id/watchlist/:title', ({ response, params }) => (state.lists.set(params.id, (state.lists.get(params.id) ?? new Set()).add(params.title)), none(response))],
  ['DELETE', '/profiles/:id/watchlist/:title', ({ response, params }) => (state.lists.get(params.id)?.delete(params.title), none(response))],
  ['GET', '/profiles/:id/continue-watching', ({ response }) => ok(response, FILMS.filter((film) => state.progress.has(film.id)).map(item))],
  ['POST', '/play', ({ response, body }) => {
    const film = FILMS.find((each) => each.id === body.title_id)
    if (!film) return refuse(response, 404, 'not-found', 'There is no such title.')
    if (body.on_limit === 'end_oldest') for (const play of live().slice(0, live().length - state.limit + 1)) play.ended = true
    if (live().length >= state.limit) return refuse(response, 409, 'too-many-streams', `Your plan plays on ${state.limit} screens at a time.`, { active_streams: live().length })
    const id = uuid()
    state.plays.set(id, { film, ended: false, beats: 0, events: [], position_ms: 0, heard: Date.now() })
    ok(response, {
      session_id: id, title: { id: film.id, name: film.name }, manifests: { dash: `/api/v1/playback/sessions/${id}/manifest.mpd`, hls: `/api/v1/playback/sessions/${id}/film.m3u8` },
      drm: { systems: ['org.w3.clearkey'], license_urls: { 'org.w3.clearkey': '/api/v1/licenses/clearkey' }, token: state.refuse.has('license') ? 'expired' : TOKEN },
      resume_ms: Math.round((state.progress.get(film.id) ?? 0) * 60_000), duration_ms: 60_000, heartbeat_s: 2,
      markers: [{ kind: 'intro', start_ms: 2_000, end_ms: 12_000 }, { kind: 'credits', start_ms: 52_000, end_ms: 60_000 }],
      thumbnails: { url_template: `${EDGE}/thumbs.jpg?sheet=$Number$`, tile_columns: 5, tile_rows: 6, tile_width: 160, tile_height: 90, interval_ms: 2_000, count: 30 },
    }, 201)
  }],
  ['POST', '/playback/sessions/:id/heartbeat', ({ response, params, body }) => inPlay(response, params.id, (play) => ((play.beats += 1), place(play, body.position_ms)))],
  ['POST', '/playback/sessions/:id/position', ({ response, params, body }) => inPlay(response, params.id, (play) => place(play, body.position_ms))],
  ['POST', '/playback/sessions/:id/events', ({ response, params, body }) => inPlay(response, params.id, (play) => { play.events.push(...body.map((event) => event.type)); if (body.some((event) => event.type === 'stop')) play.ended = true })],
  ['POST', '/licenses/clearkey', ({ response, request, body }) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return refuse(response, 403, 'license-refused', 'The playback token of this license request is not valid any more. Start the film again.')
    ok_raw(response, { keys: body.kids.map((kid) => ({ kty: 'oct', kid, k: Buffer.from(KEYS[Buffer.from(kid, 'base64url').toString('hex')] ?? '', 'hex').toString('base64url') })), type: 'temporary' })
  }],
  ['GET', '/licenses/clearkey/keys/:kid', ({ response, request, params }) =>
    request.headers.authorization === `Bearer ${TOKEN}` ? send(response, 200, Buffer.from(KEYS[params.kid], 'hex'), { 'content-type': 'application/octet-stream' }) : refuse(response, 403, 'license-refused', 'No.')],
  ['GET', '/content/queue', ({ response }) => ok(response, { versions: preparing().map((each, i) => version(FILMS[5 + i].id, each)) })],
  ['GET', '/content/:id/encoding-status', ({ response, params }) => ok(response, { versions: [version(params.id, { stage: 'inspect', progress: 0.08 }, { state: 'failed', remaining_s: null, error: 'The master has 11 s of black at 00:41:07 and no audio on channel 2. Deliver it again.' })] })],
  ['POST', '/content/:id/:verb', ({ response, params, body }) => {
    const title = state.titles.find((each) => each.id === params.id)
    if (params.verb === 'withdraw') Object.assign(title, { state: 'withdrawn', current_release: null })
    if (params.verb === 'publish') Object.assign(title, { state: 'available', current_release: body.release_id })
    if (params.verb === 'rollback') Object.assign(title, { current_release: title.earlier_release, earlier_release: null })
    none(response)
  }],
  ['GET', '/catalog/titles', ({ response }) => ok(response, state.titles)],
  ['GET', '/edge/appliances', ({ response }) => ok(response, [
    appliance('origin', { kind: 'origin', reach: 'origin', url: EDGE, bytes_held: 48_200_000_000 }),
    appliance('lisbon-1', { site: 'lisbon', spot: [38.7, -9.1], load: 0.4, filling: [{ release_id: 'r1', bytes_done: 3e8, bytes_total: 9e8, error: null }] }),
    appliance('tangier-1', { site: 'tangier', spot: [35.8, -5.8], healthy: false, last_seen_at: new Date(Date.now() - 190_000).toISOString() }),
  ])],
  ['GET', '/edge/fills', ({ response }) => ok(response, [
    { appliance_id: 'lisbon-1', site: 'lisbon', release_id: 'r1', title_id: '', state: 'running', bytes_done: 3e8, bytes_total: 9e8, error: '', waits_for: '' },
    { appliance_id: 'lisbon-1', site: 'lisbon', release_id: 'r2', title_id: '', state: 'failed', bytes_done: 0, bytes_total: 0, error: 'The disk is full. Free some space and try again.', waits_for: '' },
  ])],
  ['GET', '/edge/purges', ({ response }) => ok(response, { purges: [], next_cursor: null })],
  ['GET', '/edge/routes', ({ response }) => ok(response, { known: 0, matches: [] })],
  ['GET', '/edge/explain', ({ response }) => ok(response, { offered: [], passed_over: [] })],
]
const appliance = (id, more) => ({
  id, kind: 'flash', url: `http://${id}.example`, healthy: true, last_seen_at: now(), bytes_held: 22_700_000_000, bytes_free: 1e10, releases: Array.from({ length: 9 }, uuid), filling: [], fenced: '', tombstones_refused: 0,
  reach: 'embedded', site: '', spot: null, load: 0.1, share: 1, capacity_bytes: 1e11, build: '1.0', errors_per_minute: 0, ...more,
})
const version = (title_id, { stage, progress }, more = {}) => ({
  title_id, release_id: title_id, profile: 'fast', state: stage === 'waiting' ? 'waiting' : 'running', stage, progress, remaining_s: Math.round((1 - progress) * 900), error: null,
  findings: [{ severity: 'warning', code: 'quiet', sentence: 'Loudness is −19.2 LUFS; it will be normalized to −24.' }], created_at: now(), updated_at: now(),
  ladder: [{ height: 1080, kbps: 3400, vmaf: 95.8, measured: true }, { height: 720, kbps: 1650, vmaf: 91.2, measured: true }, { height: 270, kbps: 260, vmaf: 58.9, measured: false }], ...more,
})
const account = () => ({ id: 'a1', email: DEMO.email, country: 'PT', plan: { id: 'standard', name: 'Standard', streams: state.limit, height_max: 1080 }, roles: ['member', 'operator'] })
const ok_raw = (response, body) => send(response, 200, body)
const place = (play, position_ms) => ((play.position_ms = position_ms), state.progress.set(play.film.id, Math.min(0.99, position_ms / 60_000)))
function inPlay(response, id, act) {
  const play = state.plays.get(id)
  if (!play || play.ended) return refuse(response, 409, 'session-ended', 'Playback was ended because another device started.')
  play.heard = Date.now()
  act(play)
  none(response)
}

function find(method, path) {
  for (const [verb, pattern, act] of routes) {
    if (verb !== method) continue
    const names = []
    const found = new RegExp(`^${pattern.replace(/:(\w+)/g, (_, name) => (names.push(name), '([^/]+)'))}$`).exec(path)
    if (found) return { act, params: Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1])])) }
  }
  return null
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.mpd': 'application/dash+xml', '.m3u8': 'application/vnd.apple.mpegurl', '.mp4': 'video/mp4', '.m4s': 'video/iso.segment', '.jpg': 'image/jpeg' }

const server = createServer(async (request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`)
  if (url.pathname === '/mock/world') return (Object.assign(state, { world: url.searchParams.get('is') }), none(response))
  if (url.pathname === '/mock/limit') return ((state.limit = Number(url.searchParams.get('is'))), none(response))
  if (url.pathname === '/mock/refuse') return (state.refuse[url.searchParams.get('is') ? 'add' : 'clear'](url.searchParams.get('is')), none(response))
  if (url.pathname === '/mock/end') return (live().forEach((play) => (play.ended = true)), none(response))
  if (url.pathname === '/mock/plays') return send(response, 200, [...state.plays.values()].map(({ film, ...play }) => play))
  const art = /^\/art\/([^/]+)\/(poster|backdrop|card)\.svg$/.exec(url.pathname)
  if (art) {
    const size = { poster: [400, 600, true], backdrop: [1600, 900, false], card: [640, 360, true] }[art[2]]
    return send(response, 200, picture(FILMS.find((film) => film.id === art[1]), ...size), { 'content-type': 'image/svg+xml' })
  }
  if (url.pathname.startsWith('/api/v1/')) return answer(request, response, url)
  if (url.pathname === '/healthz' || url.pathname === '/readyz') return send(response, 200, 'ok', { 'content-type': 'text/plain' })
  const isFile = url.pathname.startsWith('/assets/') || url.pathname === '/console.html'
  const file = join(WEB, normalize(isFile ? url.pathname : '/index.html'))
  if (!existsSync(file)) return send(response, 404, 'not found', { 'content-type': 'text/plain' })
  let bytes = await readFile(file)
  if (file.endsWith('.html')) bytes = bytes.toString().replace(/(<script type="application\/json" id="boot">).*?(<\/script>)/s, `$1${JSON.stringify({ version: 'mock', demo: DEMO })}$2`)
  send(response, 200, bytes, { 'content-type': `${TYPES[extname(file)] ?? 'application/octet-stream'}; charset=utf-8`, 'content-security-policy': CSP })
})

async function answer(request, response, url) {
  const path = url.pathname.slice('/api/v1'.length)
  const sid = /matinee=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const isOpen = path === '/sessions' && request.method === 'POST'
  if (!isOpen && !state.cookies.has(sid)) return refuse(response, 401, 'not-signed-in', 'Sign in first.')
  const media = /^\/playback\/sessions\/[^/]+\/(.+\.(?:mpd|m3u8))$/.exec(path)
  if (media) return manifest(response, media[1] === 'manifest.mpd' ? 'film.mpd' : media[1])
  const found = find(request.method, path)
  if (!found) return refuse(response, 404, 'not-found', 'There is nothing at this address.')
  found.act({ request, response, url, sid, params: found.params, body: chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {} })
}

/** The packager's manifests with the edge as base, and identity keys turned into our key door. */
async function manifest(response, name) {
  const file = join(options.media, normalize(`/${name}`))
  if (!existsSync(file)) return refuse(response, 404, 'not-found', 'No media was made; see tools/mock-media.sh.')
  let text = await readFile(file, 'utf8')
  if (name.endsWith('.mpd')) text = text.replace(/(<Period)/, `<BaseURL>${EDGE}/</BaseURL>$1`)
  else {
    const folder = name.replace('.m3u8', '')
    const key = folder.startsWith('a') ? 'ffeeddccbbaa99887766554433221100' : '00112233445566778899aabbccddeeff'
    text = text.replace(/URI="data:[^"]*"/g, `URI="/api/v1/licenses/clearkey/keys/${key}"`).replace(/^(?!#)(.+\.m4s)$/gm, `${EDGE}/$1`).replace(/(#EXT-X-MAP:URI=")([^"]+)/g, `$1${EDGE}/$2`)
  }
  send(response, 200, text, { 'content-type': TYPES[extname(name)] })
}

// The edge: another origin, no cookies, ranges.
const edge = createServer((request, response) => {
  const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'range', 'access-control-expose-headers': 'content-length, content-range', 'timing-allow-origin': '*' }
  if (request.method === 'OPTIONS') return send(response, 204, undefined, cors)
  if (request.headers.cookie) return send(response, 400, 'an edge request carried a cookie', { ...cors, 'content-type': 'text/plain' })
  const file = join(options.media, normalize(new URL(request.url, EDGE).pathname))
  if (!existsSync(file) || !statSync(file).isFile()) return send(response, 404, '', cors)
  response.writeHead(200, { ...cors, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-length': statSync(file).size })
  createReadStream(file).pipe(response)
})

server.listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${PORT}  sign in: ${DEMO.email} / ${DEMO.password}`))
edge.listen(EDGE_PORT, '127.0.0.1')
