// The calls of the service by name. Pages use these; nobody else writes a path.
import { idempotencyKey, type Client } from './client'
import type * as api from './types'

const at = encodeURIComponent

/** Where a picture that a report names is shown from. */
export const reportPicture = (title: api.TitleId, release: api.ReleaseId, name: string): string =>
  `/api/v1/content/${at(title)}/report/${at(release)}/frames/${at(name)}`

export type Matinee = ReturnType<typeof matinee>

export function matinee(client: Client) {
  return {
    members: {
      signIn: (email: string, password: string) => client.post<api.SignedIn>('/sessions', { body: { email, password } }),
      signOut: () => client.delete<void>('/sessions/current'),
      account: () => client.get<api.Account>('/accounts/current'),
      sessions: () => client.get<api.SignInSession[]>('/sessions'),
      endSession: (id: string) => client.delete<void>(`/sessions/${at(id)}`),
      profiles: () => client.get<api.Profile[]>('/profiles'),
      addProfile: (body: api.ProfileDraft) => client.post<api.Profile>('/profiles', { body, idempotencyKey: idempotencyKey() }),
      changeProfile: (id: api.ProfileId, body: api.ProfileDraft) => client.patch<api.Profile>(`/profiles/${at(id)}`, { body }),
      removeProfile: (id: api.ProfileId) => client.delete<void>(`/profiles/${at(id)}`),
    },
    list: {
      all: (profile: api.ProfileId) => client.get<api.Item[]>(`/profiles/${at(profile)}/watchlist`),
      add: (profile: api.ProfileId, title: api.TitleId) => client.put<void>(`/profiles/${at(profile)}/watchlist/${at(title)}`),
      remove: (profile: api.ProfileId, title: api.TitleId) => client.delete<void>(`/profiles/${at(profile)}/watchlist/${at(title)}`),
    },
    discovery: {
      home: (signal?: AbortSignal) => client.get<api.Home>('/browse/home', { signal }),
      progress: (id: api.TitleId) => client.get<api.EpisodeProgress[]>(`/titles/${at(id)}/progress`),
      preview: (id: api.TitleId) => client.get<api.Preview>(`/titles/${at(id)}/preview`),
      title: (id: api.TitleId, signal?: AbortSignal) => client.get<api.Title>(`/titles/${at(id)}/metadata`, { signal }),
      search: (asked: Record<string, string>, signal?: AbortSignal) => client.get<api.Found>(`/search?${new URLSearchParams(asked)}`, { signal }),
      continueWatching: (profile: api.ProfileId) => client.get<api.Item[]>(`/profiles/${at(profile)}/continue-watching`),
    },
    playback: {
      play: (body: api.PlayCommand) => client.post<api.PlaybackPlan>('/play', { body, idempotencyKey: idempotencyKey() }),
      token: async (id: api.SessionId) => (await client.post<{ token: string }>(`/playback/sessions/${at(id)}/token`)).token,
      heartbeat: (id: api.SessionId, body: api.Heartbeat) => client.post<void>(`/playback/sessions/${at(id)}/heartbeat`, { body }),
      events: (id: api.SessionId, body: api.PlaybackEvent[], keepalive = false) =>
        client.post<void>(`/playback/sessions/${at(id)}/events`, { body, keepalive }),
      position: (id: api.SessionId, body: api.Position, keepalive = false) => client.post<void>(`/playback/sessions/${at(id)}/position`, { body, keepalive }),
    },
    desk: {
      page: (chosen: Record<string, string>) => client.get<api.FiledPage>(`/catalog/sheets?${new URLSearchParams(chosen)}`),
      sheet: (id: api.TitleId) => client.get<api.Filed>(`/catalog/titles/${at(id)}/sheet`),
      edits: (id: api.TitleId) => client.get<api.Edit[]>(`/catalog/titles/${at(id)}/edits`),
      lists: () => client.get<api.Lists>('/catalog/lists'),
      make: (body: api.SheetDraft) => client.post<api.Filed>('/catalog/titles', { body, idempotencyKey: idempotencyKey() }),
      edit: (id: api.TitleId, body: api.SheetChange, version: number) => client.patch<api.Filed>(`/catalog/titles/${at(id)}`, { body, version }),
      schedule: (id: api.TitleId, when: string | null) => client.post<api.Filed>(`/catalog/titles/${at(id)}/schedule`, { body: { at: when }, idempotencyKey: idempotencyKey() }),
      bulk: (body: api.BulkBody) => client.post<api.BulkReport>('/catalog/bulk', { body, idempotencyKey: idempotencyKey() }),
      addPicture: (id: api.TitleId, file: Blob, kind: string) => client.post<api.Filed>(`/catalog/titles/${at(id)}/artwork?kind=${at(kind)}`, { file }),
      arrange: (id: api.TitleId, pictures: readonly api.Picture[]) => client.put<api.Filed>(`/catalog/titles/${at(id)}/artwork`, { body: { pictures } }),
      takeIn: (file: Blob, how: { dryRun: boolean; validOnly: boolean }) => client.post<api.ImportReport>(`/catalog/import?dry_run=${how.dryRun}&valid_only=${how.validOnly}`, { file }),
      wishes: () => client.get<api.Wish[]>('/catalog/wishes'),
      exportAt: (form: 'csv' | 'json') => `/api/v1/catalog/export?form=${form}`,
    },
    operations: {
      titles: () => client.get<api.CatalogTitle[]>('/catalog/titles'),
      queue: async () => (await client.get<api.Journey>('/content/queue')).versions,
      journey: async (id: api.TitleId) => (await client.get<api.Journey>(`/content/${at(id)}/encoding-status`)).versions,
      ingest: (body: api.Ingest) => client.post<api.Version>('/content/ingest', { body, idempotencyKey: idempotencyKey() }),
      title: (id: api.TitleId) => client.get<api.CatalogTitle>(`/catalog/titles/${at(id)}`),
      report: (id: api.TitleId, release: api.ReleaseId | null) => client.get<api.VersionReport>(`/content/${at(id)}/report${release ? `?release_id=${at(release)}` : ''}`),
      review: async () => (await client.get<{ items: api.ReviewItem[] }>('/content/review')).items,
      judge: (id: api.TitleId, body: api.Judgement) => client.post<api.Journey>(`/content/${at(id)}/qc-decision`, { body, idempotencyKey: idempotencyKey() }),
      prioritize: (id: api.TitleId, priority: number) => client.post<api.Journey>(`/content/${at(id)}/priority`, { body: { priority }, idempotencyKey: idempotencyKey() }),
      pause: (id: api.TitleId) => client.post<api.Journey>(`/content/${at(id)}/pause`, { body: {}, idempotencyKey: idempotencyKey() }),
      cancel: (id: api.TitleId) => client.post<api.Journey>(`/content/${at(id)}/cancel`, { body: {}, idempotencyKey: idempotencyKey() }),
      resume: async (id: api.TitleId) => (await client.post<api.Journey>(`/content/${at(id)}/resume`, { body: {}, idempotencyKey: idempotencyKey() })).versions,
      publish: (id: api.TitleId, release_id: api.ReleaseId) =>
        client.post<void>(`/content/${at(id)}/publish`, { body: { release_id }, idempotencyKey: idempotencyKey() }),
      rollback: (id: api.TitleId) => client.post<void>(`/content/${at(id)}/rollback`, { body: {}, idempotencyKey: idempotencyKey() }),
      /** The name that the studio knows it by confirms that it is meant. */
      remove: (id: api.TitleId, name: string, reason: string) => client.delete<void>(`/content/${at(id)}?name=${at(name)}&reason=${at(reason)}`),
      withdraw: (id: api.TitleId) => client.post<void>(`/content/${at(id)}/withdraw`, { body: {}, idempotencyKey: idempotencyKey() }),
      members: (text: string, cursor: string | null = null) => client.get<api.Members>(`/members?q=${at(text)}${cursor ? `&cursor=${at(cursor)}` : ''}`),
      member: (id: string) => client.get<api.Dossier>(`/members/${at(id)}`),
      signMemberOut: (id: string) => client.delete<void>(`/members/${at(id)}/sessions`),
      trail: (sought: { subject?: string; actor?: string; action?: string }, cursor: number | null = null) => {
        const asked = Object.entries({ ...sought, cursor: cursor === null ? '' : String(cursor) }).filter(([, value]) => value)
        return client.get<api.Trail>(`/audit?${new URLSearchParams(asked)}`)
      },
      appliances: () => client.get<api.Appliance[]>('/edge/appliances'),
      fills: () => client.get<api.Fill[]>('/edge/fills'),
      heat: (site: string, days: number) => client.get<api.Heat>(`/edge/heat?site=${at(site)}&days=${days}`),
      misses: (days: number) => client.get<api.Misses>(`/edge/misses?days=${days}`),
      explain: (address: string, title: api.TitleId) => client.get<api.Explanation>(`/edge/explain?client=${at(address)}&title=${at(title)}`),
      findRoutes: (sought: string) => client.get<api.RoutesFound>(`/edge/routes?${sought.includes('/') ? 'prefix' : 'address'}=${at(sought)}`),
      purges: async () => (await client.get<{ purges: api.Purge[] }>('/edge/purges')).purges,
      purge: (number: number) => client.get<api.Purge>(`/edge/purges/${number}`),
      orderPurge: (body: api.PurgeBody) => client.post<api.Purge>('/edge/purge', { body, idempotencyKey: idempotencyKey() }),
      builds: () => client.get<api.Build[]>('/edge/builds'),
      rollouts: async () => (await client.get<{ rollouts: api.Rollout[] }>('/edge/rollouts')).rollouts,
      rollout: (number: number) => client.get<api.Rollout>(`/edge/rollouts/${number}`),
      startRollout: (body: api.RolloutBody) => client.post<api.Rollout>('/edge/rollouts', { body, idempotencyKey: idempotencyKey() }),
      commandRollout: (number: number, command: 'pause' | 'resume' | 'abort', reason: string) =>
        client.post<api.Rollout>(`/edge/rollouts/${number}/${command}`, { body: { reason }, idempotencyKey: idempotencyKey() }),
      letters: () => client.get<api.Letter[]>('/mail/letters'),
      isAlive: () => client.probe('/healthz'),
      isReady: () => client.probe('/readyz'),
    },
  }
}
