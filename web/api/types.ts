// The shapes of the HTTP API as this client uses them. They will be replaced by ones generated from the
// service's own OpenAPI document; until then this is the only file that says what an answer looks like.
// Times are RFC 3339, positions and durations carry their unit in the name; `duration` alone is in seconds.

export type AccountId = string
export type ProfileId = string
export type TitleId = string
export type ReleaseId = string
export type SessionId = string

export type Role = 'member' | 'operator' | (string & {})

export interface SignedIn {
  account: { id: AccountId; email: string; country: string; plan: string | Plan; roles: Role[] }
}

export interface Plan {
  id: string
  name: string
  streams: number
  height_max: number
}

export interface Account {
  id: AccountId
  email: string
  country: string
  plan: Plan
  roles: Role[]
}

export interface SignInSession {
  id: string
  device: string
  created_at: string
  last_seen_at: string
  current: boolean
}

export interface Profile {
  id: ProfileId
  name: string
  avatar: string | null
  language: string | null
  kids: boolean
  maturity: string | number | null
  autoplay: boolean
}

export interface ProfileDraft {
  name: string
  avatar?: string
  language?: string
  kids?: boolean
  autoplay?: boolean
}

export interface Item {
  id: TitleId
  name: string
  type: 'film' | 'series' | (string & {})
  year: number | null
  rating: string | null
  duration_s: number | null
  synopsis: string
  genres: string[]
  poster_url: string | null
  backdrop_url: string | null
  artwork_url: string | null
  progress: number | null
}

export interface HomeRow {
  id: string
  title: string
  reason: string | null
  items: Item[]
}

export interface Preparing {
  name: string
  stage: string
  progress: number
}

export interface Home {
  billboard: Item | null
  rows: HomeRow[]
  preparing: Preparing[]
}

export interface LanguageTrack {
  language: string
  label: string | null
}

export interface Title {
  id: TitleId
  title: string
  type: string
  rating: string | null
  year: number | null
  duration: number | null
  synopsis: string
  genres: string[]
  cast: (string | { name: string; role?: string })[]
  poster_url: string | null
  backdrop_url: string | null
  seasons: unknown[]
  audio: LanguageTrack[]
  subtitles: LanguageTrack[]
  availability: { state: 'available' | 'preparing' | 'unavailable'; from?: string }
}

export interface SearchAnswer {
  items: Item[]
}

export interface Device {
  type: 'web'
  codecs: string[]
  drm: string[]
  max_height: number
  hdr: boolean
  audio: string[]
}

export interface PlayCommand {
  title_id: TitleId
  profile_id: ProfileId
  device: Device
  on_limit?: 'refuse' | 'end_oldest'
}

export type MarkerKind = 'intro' | 'recap' | 'credits' | (string & {})

export interface Marker {
  kind: MarkerKind
  start_ms: number
  end_ms: number
}

/** Pictures along the timeline, several on one sheet; `url_template` holds `{index}` or `$Number$` of the sheet. */
export interface Thumbnails {
  url_template: string
  tile_columns: number
  tile_rows: number
  tile_width: number
  tile_height: number
  interval_ms: number
  count: number
}

export interface PlaybackPlan {
  session_id: SessionId
  title: { id: TitleId; name: string }
  manifests: { dash: string; hls: string }
  drm: { systems: string[]; license_urls: Record<string, string>; token: string } | null
  resume_ms: number
  duration_ms: number
  markers: Marker[]
  heartbeat_s: number
  thumbnails: Thumbnails | null
}

export interface Heartbeat {
  position_ms: number
  buffer_ms: number
  bitrate_kbps: number
  device_id: string
}

export type PlaybackEventType = 'startup' | 'play' | 'pause' | 'seek' | 'stop' | 'rebuffer' | 'bitrate' | 'error'

export interface PlaybackEvent {
  type: PlaybackEventType
  position_ms: number
  at: string
  [detail: string]: unknown
}

// Studio and operations

export interface QueueEntry {
  title_id: TitleId
  name: string
  stage: string
  progress: number
  eta_s: number | null
  state: 'waiting' | 'running' | 'paused' | 'done' | 'failed' | (string & {})
  error?: string | null
  release_id?: ReleaseId | null
}

export interface EncodingStatus {
  stage: string
  progress: number
  eta_s: number | null
  findings: { severity: 'info' | 'warning' | 'error' | (string & {}); sentence: string }[]
  ladder: { height: number; bitrate_kbps: number; vmaf: number | null }[]
}

export interface CatalogTitle {
  id: TitleId
  name: string
  state: string
  current_release: ReleaseId | null
  releases: { id: ReleaseId; created_at: string; profile: string | null }[]
}

export interface Appliance {
  id: string
  kind: string
  healthy: boolean
  last_seen_at: string | null
  bytes_held: number
  releases: number | unknown[]
  url: string
}

export interface Health {
  status: string
  [part: string]: unknown
}

/** What the server writes into the page itself, so that the first paint asks for nothing. */
export interface Boot {
  version?: string
  demo?: { email: string; password: string } | null
}
