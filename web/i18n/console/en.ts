// The operator's words.
const en = {
  brand: 'Console', nav: 'Console', toViewer: 'Open the viewer app', signOut: 'Sign out', signIn: 'Sign in as an operator', refused: 'This account is not an operator. Ask one to add you with “matinee operator add”.',
  email: 'Email', password: 'Password', submit: 'Sign in', retry: 'Try again', loading: 'Loading', skip: 'Skip to content', updated: (when: string) => `Updated ${when}`, language: 'Language',
  stale: 'The service does not answer. What you see is the last known state.', unreachable: 'The service cannot be reached.', notFound: 'There is no page at this address.',
  pages: { titles: 'Titles & releases', queue: 'Encoding queue', appliances: 'Edge appliances', mailbox: 'Mailbox', health: 'Health' },
  titles: {
    lead: 'Every title, the release that viewers get, and the ones before it.', name: 'Title', state: 'State', release: 'Release', made: 'Made', profile: 'Profile', current: 'Live', none: 'No titles yet. Publish one with “matinee publish FILE --title …”.',
    production: 'Production', hideProduction: 'Hide production', publish: 'Publish', rollback: 'Roll back', withdraw: 'Withdraw', noRelease: 'No release yet', noProduction: 'Nothing was made of this title yet.', confirmWithdraw: (name: string) => `Withdraw “${name}”? Viewers can no longer start it. Releases are kept; publish brings it back.`,
    confirm: 'Withdraw', cancel: 'Keep it', done: { publish: (name: string) => `“${name}” is published.`, rollback: (name: string) => `“${name}” is rolled back.`, withdraw: (name: string) => `“${name}” is withdrawn.` },
    states: { available: 'Published', preparing: 'Preparing', withdrawn: 'Withdrawn' } as Record<string, string>,
  },
  queue: {
    lead: 'Masters on their way to becoming titles.', none: 'Nothing is being prepared.', eta: (span: string) => `about ${span} left`, stage: 'Stage', details: 'Details', hide: 'Hide details', findings: 'Quality control', noFindings: 'Nothing found.', ladder: 'Ladder', picture: 'Picture', bitrate: 'Bitrate', vmaf: 'VMAF', noLadder: 'The ladder is chosen once the shots are measured.',
    states: { waiting: 'Waiting', running: 'Running', paused: 'Paused', ready: 'Ready', failed: 'Failed', canceled: 'Canceled' } as Record<string, string>, severities: { note: 'Note', warning: 'Warning' } as Record<string, string>,
    stages: { inspect: 'Looking at the master', plan: 'Planning the ladder', encode: 'Encoding', measure: 'Measuring', 'encode-again': 'Encoding again', 'measure-again': 'Measuring again', artwork: 'Artwork', package: 'Packaging', announce: 'Announcing', tidy: 'Tidying up', continue: 'Going on' } as Record<string, string>,
    waiting: 'Waiting:', versionOf: (profile: string) => `Version “${profile}”`, promised: 'promised',
  },
  mailbox: { lead: 'Letters this service wrote. They go no further than this page until a mail server is set up.', none: 'No letter yet.' },
  appliances: { lead: 'Where viewers’ bytes come from.', none: 'No appliance has reported yet.', appliance: 'Appliance', health: 'State', seen: 'Last seen', held: 'Held', releases: 'Releases', healthy: 'Healthy', down: 'Not healthy', never: 'never', free: 'Free', filling: 'Filling', idle: 'Nothing to fill' },
  health: { lead: 'What the service says about itself.', alive: 'Process', ready: 'Ready for requests', ok: 'In order', bad: 'Not in order', part: 'Part', answer: 'Answer' },
}

export type ConsoleMessages = typeof en
export default en
