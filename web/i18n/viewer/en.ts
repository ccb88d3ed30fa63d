// The viewer's words. This catalogue is complete by definition: its type is what every other one must fill.
const en = {
  pages: {
    home: 'Home', signIn: 'Sign in', profiles: 'Who’s watching?', title: 'Title', watch: 'Playing',
    search: 'Search', myList: 'My List', account: 'Account', notFound: 'Page not found',
  },
  shell: {
    skip: 'Skip to content', main: 'Main', menu: 'Profile and account', switchProfile: 'Switch profile', console: 'Operator console',
    signOut: 'Sign out', language: 'Language', offline: 'You are offline. What is already loaded stays here.',
    notFound: 'There is no page at this address.', goHome: 'Go to Home', retry: 'Try again', loading: 'Loading', close: 'Close', back: 'Back',
    requestId: (id: string) => `Reference: ${id}`,
  },
  signIn: {
    heading: 'Take your seat', lead: 'Sign in to watch.', email: 'Email', password: 'Password', submit: 'Sign in', busy: 'Signing in…',
    show: 'Show password', hide: 'Hide password', missingEmail: 'Enter your email address.', missingPassword: 'Enter your password.',
    demoTitle: 'Just looking around?', demo: (email: string, password: string) => `${email} · ${password}`, useDemo: 'Fill in the demo sign-in',
    tagline: 'The lights go down whenever you like.',
  },
  profiles: {
    heading: 'Who’s watching?', add: 'Add profile', addHeading: 'Add a profile', addLead: 'Someone else watching on this account gets their own list and history.',
    name: 'Name', nameMissing: 'Give the profile a name.', kids: 'Kids', kidsHint: 'Only shows titles for children.', avatar: 'Picture',
    language: 'Language', save: 'Save', saving: 'Saving…', cancel: 'Cancel', kidsBadge: 'Kids', watchAs: (name: string) => `Watch as ${name}`,
    avatarNamed: (n: number) => `Picture ${n}`, full: (most: number) => `An account holds up to ${most} profiles.`, account: 'Account',
  },
  home: {
    play: 'Play', resume: 'Resume', moreInfo: 'More info', preparingTitle: 'The lights are about to go down',
    preparing: (name: string, percent: string) => `${name} is being prepared: ${percent}`,
    preparingFirst: (percent: string) => `The first film is being prepared: ${percent}`,
    preparingHint: 'This page fills by itself. The first film takes a few minutes.',
    empty: 'No films yet', emptyHint: 'As soon as a film is published, it appears here.', comingUp: 'In preparation',
    watched: (percent: string) => `${percent} watched`, previous: (row: string) => `Back in ${row}`, next: (row: string) => `Further in ${row}`,
  },
  title: {
    play: 'Play', resume: 'Resume', trailer: 'Trailer', trailerNamed: (name: string) => `Trailer: ${name}`, addToList: 'Add to My List', inList: 'In My List', removeFromList: 'Remove from My List', cast: 'Cast', genres: 'Genres',
    audio: 'Audio', subtitles: 'Subtitles', none: 'None',
    notFound: 'This title does not exist, or is not available for this profile.', rating: (rating: string) => `Rated ${rating}`,
    added: 'Added to My List.', removed: 'Removed from My List.', series: 'Series', film: 'Film',
  },
  list: { empty: 'Your list is empty', emptyHint: 'Choose “Add to My List” on any title, and it waits for you here.' },
  search: {
    label: 'Search titles, people, genres', placeholder: 'Titles, people, genres', clear: 'Clear', hint: 'What are you in the mood for?',
    none: (query: string) => `Nothing found for “${query}”.`, noneHint: 'Try fewer letters, another spelling, or a genre.',
    found: (n: number) => (n === 1 ? '1 title' : `${n} titles`),
  },
  account: {
    member: 'Membership', email: 'Email', plan: 'Plan', country: 'Country',
    planOf: (streams: number, height: number) => `${streams === 1 ? '1 screen at a time' : `${streams} screens at a time`}, up to ${height}p`,
    devices: 'Devices signed in', thisDevice: 'This device', lastSeen: (when: string) => `Last used ${when}`, signOutDevice: (device: string) => `Sign out ${device}`,
    signOut: 'Sign out', language: 'Language of this device', signOutHere: 'Sign out of this device',
  },
  player: {
    region: 'Video player', play: 'Play', pause: 'Pause', back10: 'Back 10 seconds', forward10: 'Forward 10 seconds', seek: 'Position',
    position: (at: string, of: string) => `${at} of ${of}`, volume: 'Volume', mute: 'Mute', unmute: 'Unmute',
    captionsOn: 'Turn subtitles on', captionsOff: 'Turn subtitles off', subtitles: 'Subtitles', audio: 'Audio', quality: 'Quality', speed: 'Speed',
    off: 'Off', auto: 'Auto', autoAt: (height: number) => `Auto (${height}p)`, normal: 'Normal', fullscreen: 'Full screen', exitFullscreen: 'Leave full screen',
    pip: 'Picture in picture', stats: 'Statistics', help: 'Keyboard shortcuts', backHome: 'Back to home', back: 'Back', described: 'Audio description',
    skipIntro: 'Skip intro', skipRecap: 'Skip recap', ended: 'The End', endedOf: (name: string) => `That was ${name}.`, trailerEnded: 'That was the trailer.', toTitle: 'To the title', playFilm: 'Play the film', watchCredits: 'Watch credits', again: 'Watch again',
    loading: 'Getting your film ready', buffering: 'Loading', stoppedTitle: 'Playback stopped', errorCode: (code: string) => `Error code: ${code}`, cannotPlay: 'This film cannot be played',
    watchHere: 'Watch here instead', startPlaying: 'Press play to begin', shortcutsOn: 'Single-key shortcuts', volumeAt: (percent: string) => `Volume ${percent}`,
    stat: { rung: 'Picture', bitrate: 'Bitrate', throughput: 'Throughput', buffer: 'Buffer', dropped: 'Dropped frames', keySystem: 'Key system', edge: 'Edge', codecs: 'Codecs', session: 'Session', start: 'Start time' },
    seconds: (n: string) => `${n} s`, framesOf: (dropped: string, all: string) => `${dropped} of ${all}`, noKeys: 'none (clear)',
    winding: (pace: string) => `Winding at ${pace}×`,
    keys: {
      play: 'Play or pause', seek: '10 seconds back or forward', volume: 'Volume', mute: 'Mute', wind: 'Wind back or forward, faster with each press', fullscreen: 'Full screen', captions: 'Subtitles on or off',
      audio: 'Audio menu', skip: 'Skip intro', start: 'To the start or the end', stats: 'Statistics', help: 'This help', leave: 'Close, or leave the film',
    },
  },
  shelves: {
    rows: {
      continue: { title: 'Continue watching', reason: 'You have begun these' },
      'my-list': { title: 'My List', reason: 'You put these on your list' },
      new: { title: 'New', reason: 'The latest films' },
    } as Record<string, { title: string; reason: string }>,
    genres: {
      action: 'Action', adventure: 'Adventure', animation: 'Animation', comedy: 'Comedy', crime: 'Crime', documentary: 'Documentary',
      drama: 'Drama', family: 'Family', fantasy: 'Fantasy', history: 'History', horror: 'Horror', kids: 'Kids',
      music: 'Music', mystery: 'Mystery', romance: 'Romance', 'science-fiction': 'Science fiction', short: 'Shorts', slow: 'Slow films',
      sport: 'Sport', thriller: 'Thriller', war: 'War', western: 'Western',
    } as Record<string, string>,
    genreReason: (genre: string) => `Films of the genre ${genre}`,
  },
  problems: {
    unreachable: 'The service cannot be reached. Check your connection; we will keep your place.', 'not-signed-in': 'Your sign-in has ended. Sign in again.',
    'wrong-credentials': 'Email or password is not right. Check both and try again.', 'not-allowed': 'This is not allowed for this profile.', 'not-found': 'This does not exist, or no longer does.',
    'too-many-requests': 'That was too often. Wait a moment, then try again.', unavailable: 'A part of the service is resting. Try again in a moment.',
    'too-many-streams': 'All screens of your plan are in use. Stop one of them, or watch here instead.', 'session-ended': 'This stream has ended. Press play again.',
    'not-available': 'This title is not available right now.', 'license-refused': 'The key for this film did not come or does not fit. Try again. If it happens again, sign out and in, or give the operator the code below.',
    'keys-unsupported': 'This browser cannot play protected films here. Use https or localhost, or another browser.', 'no-stream': 'This browser cannot decode any version of this film. Try another browser.',
    'media-failed': 'The film could not be loaded. Check your connection and try again.', 'decode-failed': 'Your browser could not unlock or decode this film. Try again. If it happens again, try another browser, or give the operator the code below.',
    'plan-inactive': 'Your plan is not active. Choose a plan to watch.',
    'nothing-for-this-device': 'No version of this film plays on this device. Try another browser or device.',
    'title-not-found': 'This title does not exist, or is not available for this profile.',
    'not-yet-playable': 'This film is not ready yet. It can be played as soon as it is.',
    'nowhere-to-play-from': 'No server holds this film at the moment. Try again in a minute.',
    overloaded: 'Many people are watching right now. Try again in a few seconds.',
    'foreign-origin': 'This request came from another site and was not carried out. Reload the page.',
    'profile-not-found': 'This profile no longer exists. Choose another one.',
    'too-many-profiles': 'This account has as many profiles as it can hold. Remove one first.',
    'invalid-input': 'Something in this request is not right. Check what you entered.',
    'body-too-large': 'That is more than can be sent at once.',
    'disk-full': 'The service has no room left. Tell its operator.',
    unexpected: 'Something went wrong. Try again; if it stays, tell the operator the reference below.',
  },
  /** Why the service ended a stream, by the reason it gives. */
  ended: {
    other_device: 'Playback was ended because another device started.',
    silent: 'This stream was quiet for a while, and another one took its place. Press play again.',
    expired: 'This stream began long ago. Press play again.',
    stopped: 'This stream has ended. Press play again.',
  } as Record<string, string>,
}

export type ViewerMessages = typeof en
export default en
