// The calls of the service by name. Pages use these; nobody else writes a path.
import { idempotencyKey, type Client } from './client'
import type * as api from './types'

const at = encodeURIComponent

/** Where a picture that a report names is shown from. */
export const reportPicture = (title: api.TitleId, release: api.ReleaseId, name: string): string =>
  `/api/v1/content/${at(title)}/report/${at(release)}/frames/${at(name)}`

/** An invoice as a file. */
export const invoicePdf = (id: string): string => `/api/v1/billing/invoices/${at(id)}.pdf`

export type Matinee = ReturnType<typeof matinee>

export function matinee(client: Client) {
  return {
    billing: {
      offers: () => client.get<api.Offer[]>('/billing/offers'),
      standing: () => client.get<api.Standing>('/billing/subscription'),
      preview: (plan: string, interval: api.Interval) => client.get<api.PlanPreview>(`/billing/subscription/preview?plan=${at(plan)}&interval=${interval}`),
      choose: (plan: string, interval: api.Interval, agreed: number) => client.put<api.Standing>('/billing/subscription', { body: { plan, interval, agreed_minor_units: agreed } }),
      leave: (cancel: boolean) => client.put<api.Standing>('/billing/subscription', { body: { cancel } }),
      payWith: (token: string, billTo: string) => client.post<api.Standing>('/billing/payment-methods', { body: { token, bill_to: billTo }, idempotencyKey: idempotencyKey() }),
      redeem: (code: string) => client.post<api.Standing>('/billing/coupons', { body: { code }, idempotencyKey: idempotencyKey() }),
      invoices: () => client.get<api.InvoiceView[]>('/billing/invoices'),
    },
    members: {
      signIn: (email: string, password: string) => client.post<api.SignedIn>('/sessions', { body: { email, password } }),
      signOut: () => client.delete<void>('/sessions/current'),
      account: () => client.get<api.Account>('/accounts/current'),
      sessions: () => client.get<api.SignInSession[]>('/sessions'),
      endSession: (id: string) => client.delete<void>(`/sessions/${at(id)}`),
      profiles: () => client.get<api.Profile[]>('/profiles'),
      addProfile: (body: api.ProfileDraft) => client.post<api.Profile>('/profiles', { body, idempotencyKey: idempotencyKey() }),
      changeProfile: (id: api.ProfileId, body: api.ProfileDraft) => client.patch<api.Profile>(`/profiles/${at(id)}`, { body }),
      unlock: (id: api.ProfileId, pin: string) => client.post<void>(`/profiles/${at(id)}/unlock`, { body: { pin } }),
      setPin: (id: api.ProfileId, pin: string) => client.put<void>(`/profiles/${at(id)}/pin`, { body: { pin } }),
      takePin: (id: api.ProfileId) => client.delete<void>(`/profiles/${at(id)}/pin`),
      removeProfile: (id: api.ProfileId) => client.delete<void>(`/profiles/${at(id)}`),
    },
    accounts: {
      plans: () => client.get<api.Plan[]>('/billing/plans'),
      signUp: (body: api.SignUp) => client.post<void>('/accounts', { body }),
      letterAgain: (email: string) => client.post<void>('/accounts/verify/again', { body: { email } }),
      verify: async (token: string, password: string) => (await client.post<{ email: string }>('/accounts/verify', { body: { token, password } })).email,
      forgot: (email: string) => client.post<void>('/accounts/password-reset', { body: { email } }),
      reset: (token: string, password: string) => client.put<void>('/accounts/password-reset', { body: { token, password } }),
      secondStep: (token: string, code: string) => client.post<api.SignedIn>('/sessions/second-step', { body: { token, code } }),
      changePassword: (present: string, password: string) => client.put<void>('/accounts/current/password', { body: { present, password } }),
      changeEmail: (email: string) => client.put<void>('/accounts/current/email', { body: { email } }),
      factors: () => client.get<api.Factors>('/accounts/current/mfa'),
      beginTotp: () => client.post<api.NewTotp>('/accounts/current/mfa/totp'),
      confirmTotp: async (code: string) => (await client.put<{ codes: string[] }>('/accounts/current/mfa/totp', { body: { code } })).codes,
      removeTotp: () => client.delete<void>('/accounts/current/mfa/totp'),
      recoveryCodes: async () => (await client.post<{ codes: string[] }>('/accounts/current/mfa/recovery-codes')).codes,
      signOutEverywhere: () => client.delete<void>('/sessions'),
      data: () => client.get<unknown>('/accounts/current/export'),
      leave: () => client.delete<void>('/accounts/current'),
    },
    ways: {
      all: () => client.get<api.Ways>('/auth/ways'),
      askForPasskey: (second_step: string) => client.post<api.Ceremony>('/sessions/passkey/options', { body: { second_step } }),
      signInByPasskey: (response: unknown, second_step: string) => client.post<api.SignedIn>('/sessions/passkey', { body: { response, second_step } }),
      askToProve: () => client.post<api.Ceremony>('/sessions/step-up/passkey/options'),
      proveByPasskey: (response: unknown) => client.post<void>('/sessions/step-up/passkey', { body: { response } }),
      prove: (password: string, code: string) => client.post<void>('/sessions/step-up', { body: { password, code } }),
      passkeys: () => client.get<api.Passkey[]>('/accounts/current/mfa/passkeys'),
      askForNewPasskey: () => client.post<api.Ceremony>('/accounts/current/mfa/passkeys/options'),
      addPasskey: (name: string, response: unknown) => client.post<api.AddedPasskey>('/accounts/current/mfa/passkeys', { body: { name, response } }),
      renamePasskey: (id: string, name: string) => client.patch<api.Passkey>(`/accounts/current/mfa/passkeys/${at(id)}`, { body: { name } }),
      removePasskey: (id: string) => client.delete<void>(`/accounts/current/mfa/passkeys/${at(id)}`),
      identities: () => client.get<api.LinkedIdentity[]>('/accounts/current/identities'),
      /** What this browser brought back from a provider, to the account that has just been proved. */
      link: () => client.post<api.LinkedIdentity>('/accounts/current/identities'),
      leaveToLink: (provider: string) => client.post<{ url: string }>(`/accounts/current/identities/${at(provider)}/start`),
      unlink: (id: string) => client.delete<void>(`/accounts/current/identities/${at(id)}`),
    },
    screens: {
      ask: (device: string) => client.post<api.DeviceCode>('/auth/device-code', { body: { device } }),
      collect: (device_code: string) => client.post<void>('/auth/device-code/token', { body: { device_code, cookie: true } }),
      look: (user_code: string) => client.post<api.WaitingDevice>('/auth/device-code/look', { body: { user_code } }),
      decide: (user_code: string, allow: boolean) => client.post<void>('/auth/device-code/decision', { body: { user_code, allow } }),
    },
    list: {
      all: (profile: api.ProfileId) => client.get<api.Item[]>(`/profiles/${at(profile)}/watchlist`),
      add: (profile: api.ProfileId, title: api.TitleId) => client.put<void>(`/profiles/${at(profile)}/watchlist/${at(title)}`),
      remove: (profile: api.ProfileId, title: api.TitleId) => client.delete<void>(`/profiles/${at(profile)}/watchlist/${at(title)}`),
    },
    opinion: {
      ofTitle: (title: api.TitleId, cursor: string | null = null) => client.get<api.Reviews>(`/titles/${at(title)}/reviews${cursor ? `?cursor=${at(cursor)}` : ''}`),
      give: (profile: api.ProfileId, title: api.TitleId, body: api.RatingChange) => client.put<api.Rating>(`/profiles/${at(profile)}/ratings/${at(title)}`, { body }),
      takeBack: (profile: api.ProfileId, title: api.TitleId) => client.delete<void>(`/profiles/${at(profile)}/ratings/${at(title)}`),
    },
    history: {
      page: (profile: api.ProfileId, cursor: string | null = null) => client.get<api.History>(`/profiles/${at(profile)}/history${cursor ? `?cursor=${at(cursor)}` : ''}`),
      hide: (profile: api.ProfileId, title: api.TitleId) => client.delete<void>(`/profiles/${at(profile)}/history/${at(title)}`),
      forget: (profile: api.ProfileId) => client.delete<void>(`/profiles/${at(profile)}/history`),
    },
    notices: {
      page: (profile: api.ProfileId, cursor: string | null = null) => client.get<api.Notices>(`/profiles/${at(profile)}/notices${cursor ? `?cursor=${at(cursor)}` : ''}`),
      read: (profile: api.ProfileId) => client.post<void>(`/profiles/${at(profile)}/notices/read`, { body: {} }),
    },
    discovery: {
      home: (signal?: AbortSignal) => client.get<api.Home>('/browse/home', { signal }),
      progress: (id: api.TitleId) => client.get<api.EpisodeProgress[]>(`/titles/${at(id)}/progress`),
      preview: (id: api.TitleId) => client.get<api.Preview>(`/titles/${at(id)}/preview`),
      title: (id: api.TitleId, signal?: AbortSignal) => client.get<api.Title>(`/titles/${at(id)}/metadata`, { signal }),
      search: (asked: Record<string, string>, signal?: AbortSignal) => client.get<api.Found>(`/search?${new URLSearchParams(asked)}`, { signal }),
      dates: (id: api.TitleId) => client.get<Omit<api.RightsDates, 'title_id'>>(`/titles/${at(id)}/dates`),
      leaving: (ids: readonly api.TitleId[]) => client.get<api.RightsDates[]>(`/browse/leaving?ids=${ids.map(at).join(',')}`),
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
      calendar: (asked: { country?: string; ending_days?: string; cursor?: string }) =>
        client.get<api.Calendar>(`/catalog/rights?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`),
      rights: (id: api.TitleId) => client.get<api.RightsPlan>(`/content/${at(id)}/rights`),
      setRights: (id: api.TitleId, body: api.RightsChange) => client.put<api.RightsPlan>(`/content/${at(id)}/rights/plan`, { body }),
      whoWatches: (id: api.TitleId, asked: Record<string, string>) =>
        client.get<api.WhoWatches>(`/catalog/titles/${at(id)}/who?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''))}`),
      letters: () => client.get<api.Letter[]>('/mail/letters'),
      isAlive: () => client.probe('/healthz'),
      isReady: () => client.probe('/readyz'),
    },
  }
}
