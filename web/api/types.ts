// The client's names for the service's shapes. The shapes themselves are generated (`make api`) from the application
// that answers, so a change over there is an error here. Times are RFC 3339, positions and durations carry their unit
// in the name; `duration` alone is in seconds.
import type { components } from './schema'

type Schemas = components['schemas']
/** The document marks what has a default as optional. That is true of what we send; answers are always whole. */
type Answer<T> = T extends readonly (infer Part)[] ? Answer<Part>[] : T extends object ? { [K in keyof T]-?: Answer<T[K]> } : T

export type ProfileId = string
export type TitleId = string
export type ReleaseId = string
export type SessionId = string

export type SignedIn = Answer<Schemas['SignedInBody']>
export type Account = Answer<Schemas['AccountWithPlanBody']>
export type SecondStep = Answer<Schemas['SecondStepBody']>
export type SignUp = Schemas['SignUpBody']
export type Plan = Answer<Schemas['billing_http_billing_PlanBody']>
export type Factors = Answer<Schemas['FactorsBody']>
export type NewTotp = Answer<Schemas['NewTotpBody']>
export type SignInSession = Answer<Schemas['SignInBody']>
export type Profile = Answer<Schemas['ProfileBody']>
export type ProfileDraft = Schemas['ProfileChange']
export type Rating = Answer<Schemas['RatingBody']>
export type RatingChange = Schemas['RatingChange']
export type Thumb = RatingChange['thumb']
export type Review = Answer<Schemas['WrittenBody']>
export type Reviews = Answer<Schemas['ReviewsBody']>
export type Seen = Answer<Schemas['SeenBody']>
export type History = Answer<Schemas['HistoryBody']>
export type Notice = Answer<Schemas['NoticeBody']>
export type Notices = Answer<Schemas['NoticesBody']>

export type Item = Answer<Schemas['Card']>
export type Found = Answer<Schemas['SearchBody']>
export type Wish = Answer<Schemas['WishBody']>
export type HomeRow = Answer<Schemas['RowBody']>
export type Preparing = Answer<Schemas['PreparingBody']>
export type Home = Answer<Schemas['HomeBody']>
export type Title = Answer<Schemas['TitleBody']>
export type Preview = Answer<Schemas['Preview']>
export type EpisodeProgress = Answer<Schemas['EpisodeProgress']>
export type Season = Title['seasons'][number]
export type Episode = Season['episodes'][number]

export type Device = Schemas['Device']
export type PlayCommand = Schemas['PlayBody']
export type PlaybackPlan = Answer<Schemas['playback_http_PlanBody']>
export type Marker = Answer<Schemas['Marker']>
/** Pictures along the timeline, several on one sheet. */
export type Thumbnails = Answer<Schemas['ThumbnailSheets']>
export type Heartbeat = Schemas['Heartbeat']
export type Position = Schemas['Position']
export type PlaybackEvent = Schemas['Beacon']
export type PlaybackEventType = PlaybackEvent['type']

export type Ways = Answer<Schemas['WaysBody']>
export type Passkey = Answer<Schemas['PasskeyBody']>
export type AddedPasskey = Answer<Schemas['AddedPasskeyBody']>
/** What a browser is asked, in WebAuthn's own words. */
export type Ceremony = { public_key: Record<string, unknown> }
export type LinkedIdentity = Answer<Schemas['LinkedIdentityBody']>
export type DeviceCode = Answer<Schemas['DeviceCodeBody']>
export type WaitingDevice = Answer<Schemas['WaitingDeviceBody']>

// Studio and operations
export type Version = Answer<Schemas['VersionStatus']>
export type Journey = Answer<Schemas['JourneyBody']>
export type Ingest = Schemas['IngestBody']
export type MetadataDraft = Schemas['Metadata']
export type VersionReport = Answer<Schemas['VersionReport']>
export type Evidence = Answer<Schemas['Evidence']>
export type FindingShown = Answer<Schemas['FindingShown']>
export type LadderShown = Answer<Schemas['LadderShown']>
export type RungShown = Answer<Schemas['RungShown']>
export type ReviewItem = Answer<Schemas['ReviewItem']>
export type Judgement = Schemas['DecisionBody']
export type Filed = Answer<Schemas['FiledBody']>
export type FiledPage = Answer<Schemas['FiledPageBody']>
export type Sheet = Filed['sheet']
export type SheetDraft = Schemas['Sheet']
export type SheetChange = Schemas['Change']
export type Picture = Filed['pictures'][number]
export type Lists = Answer<Schemas['ListsBody']>
export type ImportReport = Answer<Schemas['Report']>
export type BulkBody = Schemas['BulkBody']
export type BulkReport = Answer<Schemas['BulkReport']>
export type Edit = Answer<Schemas['Edit']>
export type CatalogTitle = Answer<Schemas['DeskBody']>
export type Appliance = Answer<Schemas['ApplianceBody']>
export type Fill = Answer<Schemas['Fill']>
export type Heat = Answer<Schemas['Heat']>
export type Misses = Answer<Schemas['Misses']>
export type Purge = Answer<Schemas['Purge']>
export type PurgeBody = Schemas['PurgeBody']
export type Member = Answer<Schemas['MemberBody']>
export type Members = Answer<Schemas['MembersBody']>
export type Dossier = Answer<Schemas['DossierBody']>
export type AuditEntry = Answer<Schemas['EntryBody']>
export type Trail = Answer<Schemas['TrailBody']>
export type Build = Answer<Schemas['Build']>
export type Rollout = Answer<Schemas['Rollout']>
export type RolloutBody = Schemas['RolloutBody']
export type Explanation = Answer<Schemas['Explanation']>
export type RoutesFound = Answer<Schemas['RoutesFound']>
export type Money = Answer<Schemas['Money']>
export type Offer = Answer<Schemas['Offer']>
export type Standing = Answer<Schemas['Standing']>
export type PlanPreview = Answer<Schemas['ChangePreview']>
export type InvoiceView = Answer<Schemas['InvoiceView']>
export type Interval = Standing['interval']
export type RightsPlan = Answer<Schemas['RightsBody']>
export type RightsWindow = RightsPlan['windows'][number]
export type License = RightsPlan['licenses'][number]
export type Coverage = RightsPlan['coverage'][number]
export type RightsChange = Schemas['RightsChange']
export type Calendar = Answer<Schemas['CalendarBody']>
export type CalendarRow = Calendar['rows'][number]
export type WhoWatches = Answer<Schemas['WatchBody']>
export type RightsDates = Answer<Schemas['DatesBody']>
export type Letter = Answer<Schemas['LetterBody']>

/** What the server writes into the page itself, so that the first paint asks for nothing. */
export interface Boot {
  version?: string
  demo?: { email: string; password: string } | null
}
