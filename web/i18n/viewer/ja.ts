import type { ViewerMessages } from './en'

const ja: ViewerMessages = {
  pages: {
    home: 'ホーム', signIn: 'ログイン', profiles: '視聴するのはどなたですか？', title: '作品', watch: '再生中',
    search: '検索', myList: 'マイリスト', account: 'アカウント', notFound: 'ページが見つかりません',
  },
  shell: {
    skip: '本文へ移動', main: 'メイン', menu: 'プロフィールとアカウント', switchProfile: 'プロフィールを切り替え', console: '運用コンソール',
    signOut: 'ログアウト', language: '言語', offline: 'オフラインです。読み込み済みの内容はそのまま表示されます。',
    notFound: 'このアドレスにページはありません。', goHome: 'ホームへ', retry: 'もう一度試す', loading: '読み込み中', close: '閉じる', back: '戻る',
    requestId: (id) => `照会番号: ${id}`,
  },
  signIn: {
    heading: 'お席へどうぞ', lead: 'ログインして視聴を始めましょう。', email: 'メールアドレス', password: 'パスワード', submit: 'ログイン', busy: 'ログイン中…',
    show: 'パスワードを表示', hide: 'パスワードを隠す', missingEmail: 'メールアドレスを入力してください。', missingPassword: 'パスワードを入力してください。',
    demoTitle: 'まずは試してみたい方へ', demo: (email, password) => `${email} · ${password}`, useDemo: 'デモ用ログインを入力',
    tagline: 'お好きなときに、幕が上がります。',
  },
  profiles: {
    heading: '視聴するのはどなたですか？', add: 'プロフィールを追加', addHeading: 'プロフィールの追加', addLead: 'リストと視聴履歴はプロフィールごとに分かれます。',
    name: '名前', nameMissing: 'プロフィールの名前を入力してください。', kids: 'キッズ', kidsHint: '子ども向けの作品だけを表示します。', avatar: '画像',
    language: '言語', save: '保存', saving: '保存中…', cancel: 'キャンセル', kidsBadge: 'キッズ', watchAs: (name) => `${name}として視聴`,
    avatarNamed: (n) => `画像 ${n}`, full: (most) => `プロフィールは${most}件まで作成できます。`, account: 'アカウント',
  },
  home: {
    play: '再生', resume: '続きを再生', moreInfo: '詳細情報', preparingTitle: 'まもなく開演です',
    preparing: (name, percent) => `${name}を準備しています: ${percent}`, preparingFirst: (percent) => `最初の作品を準備しています: ${percent}`,
    preparingHint: 'このページは自動的に更新されます。最初の作品には数分かかります。',
    empty: 'まだ作品がありません', emptyHint: '作品が公開されると、ここに表示されます。', comingUp: '準備中の作品',
    watched: (percent) => `${percent}視聴済み`, previous: (row) => `${row}: 前へ`, next: (row) => `${row}: 次へ`,
  },
  title: {
    play: '再生', resume: '続きを再生', addToList: 'マイリストに追加', inList: 'マイリストに追加済み', removeFromList: 'マイリストから削除', cast: '出演', genres: 'ジャンル',
    audio: '音声', subtitles: '字幕', none: 'なし', availableFrom: (date) => `${date}から視聴できます。`,
    preparing: 'この作品は準備中です。準備ができ次第、再生できます。', unavailable: 'この作品は現在視聴できません。',
    notFound: 'この作品は存在しないか、このプロフィールでは視聴できません。', rating: (rating) => `レーティング ${rating}`,
    added: 'マイリストに追加しました。', removed: 'マイリストから削除しました。', series: 'シリーズ', film: '映画',
  },
  list: { empty: 'マイリストは空です', emptyHint: '作品の「マイリストに追加」を選ぶと、ここに並びます。' },
  search: {
    label: '作品、人物、ジャンルを検索', placeholder: '作品、人物、ジャンル', clear: '消去', hint: '今日はどんな気分ですか？',
    none: (query) => `「${query}」に一致する作品はありません。`, noneHint: '文字を減らすか、別の表記やジャンルでお試しください。',
    found: (n) => `${n}作品`,
  },
  account: {
    member: 'メンバーシップ', email: 'メールアドレス', plan: 'プラン', country: '国',
    planOf: (streams, height) => `同時視聴 ${streams} 台、最大 ${height}p`,
    devices: 'ログイン中のデバイス', thisDevice: 'このデバイス', lastSeen: (when) => `最終利用: ${when}`, signOutDevice: (device) => `${device}をログアウト`,
    signOut: 'ログアウト', language: 'このデバイスの言語', signOutHere: 'このデバイスからログアウト',
  },
  player: {
    region: '動画プレーヤー', play: '再生', pause: '一時停止', back10: '10秒戻る', forward10: '10秒進む', seek: '再生位置',
    position: (at, of) => `${of}中${at}`, volume: '音量', mute: 'ミュート', unmute: 'ミュート解除',
    captionsOn: '字幕をオンにする', captionsOff: '字幕をオフにする', subtitles: '字幕', audio: '音声', quality: '画質', speed: '再生速度',
    off: 'オフ', auto: '自動', autoAt: (height) => `自動（${height}p）`, normal: '標準', fullscreen: '全画面表示', exitFullscreen: '全画面表示を終了',
    pip: 'ピクチャー イン ピクチャー', stats: '統計情報', help: 'キーボード ショートカット', backHome: 'ホームに戻る', back: '戻る', described: '音声解説',
    skipIntro: 'オープニングをスキップ', skipRecap: 'あらすじをスキップ', ended: '終', endedOf: (name) => `『${name}』はここまでです。`, watchCredits: 'クレジットを見る', again: 'もう一度見る',
    loading: '上映の準備をしています', buffering: '読み込み中', stoppedTitle: '再生が停止しました', cannotPlay: 'この作品を再生できません',
    watchHere: 'この画面で視聴', startPlaying: '再生を押して始めてください', shortcutsOn: '一文字キーのショートカット', volumeAt: (percent) => `音量 ${percent}`,
    stat: { rung: '映像', bitrate: 'ビットレート', throughput: '通信速度', buffer: 'バッファー', dropped: '欠落フレーム', keySystem: '鍵方式', edge: '配信元', codecs: 'コーデック', session: 'セッション', start: '開始時間' },
    seconds: (n) => `${n} 秒`, framesOf: (dropped, all) => `${all} 中 ${dropped}`, noKeys: 'なし（暗号化なし）',
    keys: {
      play: '再生・一時停止', seek: '10秒戻る・進む', volume: '音量', mute: 'ミュート', fullscreen: '全画面表示', captions: '字幕のオン・オフ',
      audio: '音声メニュー', skip: 'オープニングをスキップ', start: '先頭へ・末尾へ', stats: '統計情報', help: 'このヘルプ', leave: '閉じる・視聴を終える',
    },
  },
  problems: {
    unreachable: 'サービスに接続できません。通信環境をご確認ください。再生位置は保持されます。', 'not-signed-in': 'ログインの有効期限が切れました。もう一度ログインしてください。',
    'wrong-credentials': 'メールアドレスまたはパスワードが正しくありません。ご確認のうえ、もう一度お試しください。', 'not-allowed': 'このプロフィールでは許可されていません。', 'not-found': '存在しないか、すでに削除されています。',
    'too-many-requests': '操作が多すぎます。しばらく待ってからお試しください。', unavailable: 'サービスの一部が応答していません。しばらくしてからお試しください。',
    'too-many-streams': 'プランの同時視聴台数に達しています。ほかの画面を停止するか、この画面で視聴してください。', 'session-ended': '別のデバイスで再生が始まったため、再生を終了しました。',
    'not-available': 'この作品は現在視聴できません。', 'license-refused': 'この作品のライセンスが拒否されました。ページを再読み込みし、解消しない場合はログインし直してください。',
    'keys-unsupported': 'このブラウザーでは保護された作品を再生できません。https か localhost、または別のブラウザーをお使いください。', 'no-stream': 'このブラウザーで再生できる形式がありません。別のブラウザーをお試しください。',
    'media-failed': '作品を読み込めませんでした。通信環境を確認して、もう一度お試しください。', 'decode-failed': '作品を再生できませんでした。ページを再読み込みしてお試しください。',
    unexpected: '問題が発生しました。もう一度お試しください。解消しない場合は、下の照会番号を運用担当者にお知らせください。',
  },
}

export default ja
