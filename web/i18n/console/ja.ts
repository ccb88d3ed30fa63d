import type { ConsoleMessages } from './en'

const ja: ConsoleMessages = {
  brand: 'コンソール', nav: 'コンソール', toViewer: '視聴アプリを開く', signOut: 'ログアウト', signIn: '運用担当者としてログイン', refused: 'このアカウントには運用権限がありません。「matinee operator add」で追加してもらってください。',
  email: 'メールアドレス', password: 'パスワード', submit: 'ログイン', retry: 'もう一度試す', loading: '読み込み中', skip: '本文へ移動', updated: (when) => `${when}に更新`, language: '言語',
  stale: 'サービスが応答しません。最後に確認した状態を表示しています。', unreachable: 'サービスに接続できません。', notFound: 'このアドレスにページはありません。',
  pages: { titles: '作品とリリース', queue: 'エンコード待ち行列', appliances: '配信ノード', mailbox: 'メールボックス', health: '稼働状況', upload: 'アップロード', film: 'スタジオの作品', review: '確認待ち' },
  titles: {
    lead: '全作品と、視聴者に届いているリリース、これまでのリリースです。', name: '作品', state: '状態', release: 'リリース', made: '作成日時', profile: 'プロファイル', current: '公開中', trailer: '予告編', none: 'まだ作品がありません。「matinee publish FILE --title …」で公開できます。',
    production: '制作状況', hideProduction: '制作状況を隠す', publish: '公開', rollback: '前の版に戻す', withdraw: '公開停止', noRelease: 'リリースはまだありません', noProduction: 'この作品はまだ何も作られていません。', confirmWithdraw: (name) => `「${name}」の公開を停止しますか？ 視聴者は再生を開始できなくなります。リリースは残り、再公開できます。`,
    confirm: '公開を停止', cancel: 'このまま残す', done: { publish: (name) => `「${name}」を公開しました。`, rollback: (name) => `「${name}」を前の版に戻しました。`, withdraw: (name) => `「${name}」の公開を停止しました。` },
    states: { available: '公開中', preparing: '準備中', withdrawn: '公開停止', failed: '失敗', idle: '制作していません' },
    failed: '制作に失敗しました：', page: '作品のページ', remove: '削除', removed: (name) => `「${name}」を削除しました。`, reason: '理由（削除した人とともに残ります）', confirmRemove: (name) => `「${name}」を完全に削除しますか？ リリースとその鍵、予告編とプレビュー、マスターと、そこから作られたものがすべて消えます。配信ノードも、視聴中の人がいても保持しているものを消します。元には戻せません。会員の視聴履歴は残ります。`,
  },
  queue: {
    lead: '作品になる途中のマスターです。', none: '準備中のものはありません。', eta: (span) => `残り約${span}`, stage: '工程', details: '詳細', hide: '詳細を隠す', findings: '品質検査', noFindings: '指摘はありません。', ladder: 'ラダー', picture: '映像', bitrate: 'ビットレート', vmaf: 'VMAF', noLadder: 'ラダーはショットの測定後に決まります。',
    states: { waiting: '待機中', running: '実行中', paused: '一時停止', ready: '完了', failed: '失敗', canceled: '中止' }, severities: { note: 'メモ', warning: '警告', error: 'エラー' },
    jobs: 'ジョブ',
    stages: { inspect: 'マスター確認', plan: 'ラダー設計', encode: 'エンコード', measure: '品質測定', 'encode-again': '再エンコード', 'measure-again': '再測定', 'show-refused': '不合格の画面を記録しています', refused: '担当者の判断待ち', accepted: '担当者の判断待ち', artwork: '画像作成', package: 'パッケージ化', announce: '通知', tidy: '後片付け', continue: '継続', 'show-findings': '指摘箇所の撮影', 'show-rungs': '比較用の撮影', extras: '後続作業の開始' },
    waiting: '待機中：', trouble: 'リリースは完成しています。その後の問題：', versionOf: (profile) => `バージョン「${profile}」`, promised: '見込み',
    first: '先頭へ', attempts: '失敗した試み', attempt: (number, worker) => `${worker}での${number}回目：`,
    pause: '一時停止', goOn: '再開', cancel: '制作を中止', giveUp: '取りやめる', keep: 'このままにする', confirmCancel: (name) => `「${name}」の制作を中止しますか？ 公開済みのものは残ります。マスターをもう一度渡すと最初から始まります。`,
  },
  upload: {
    lead: 'マスターと付属ファイルが作品になります。', files: 'ファイル', drop: 'マスターと付属ファイルをここにドロップしてください。', choose: 'ファイルを選ぶ', kinds: '映像、film.json、字幕、追加の音声、画像、予告編。', empty: '空のファイルは除きました。', badSidecar: (name) => `${name} はサイドカーとして読めません。JSONオブジェクトではありません。`,
    roles: { master: 'マスター', sidecar: 'サイドカー', subtitles: '字幕', audio: '音声', artwork: '画像', trailer: '予告編', unknown: '使いません' }, named: 'サイドカーに記載あり', notNamed: 'サイドカーに記載がないため除外', language: '言語', kind: '種類', remove: '取り除く',
    kindNames: { poster: 'ポスター', backdrop: '背景', still: 'スチル', logo: 'ロゴ', subtitles: '字幕', captions: 'クローズドキャプション', forced: '強制字幕', main: '主音声', dub: '吹き替え', description: '音声解説', commentary: 'コメンタリー', alternate: '別音声' }, noMaster: 'これらのファイルに映像がありません。', missing: 'サイドカーに記載のファイルがありません：', wordless: '各トラックの言語を入れてください（en、pt-BR など）。',
    about: '作品について', title: 'タイトル', originalLanguage: 'その言語', year: '制作年', rating: '年齢区分', unrated: '区分なし：成人のみ', type: '種別', types: { movie: '映画', series: 'シリーズ', documentary: 'ドキュメンタリー', special: '特別番組' }, series: 'このエピソードのシリーズ', season: 'シーズン', episode: 'エピソード', genres: 'ジャンル（カンマ区切り）', cast: '出演（カンマ区切り）', synopsis: 'あらすじ',
    how: '作り方', releases: 'リリース', releaseNames: { both: '速報版のあと完全版', fast: '速報版のみ', full: '完全版のみ' }, urgency: '優先度', urgencies: { soon: '先に', normal: '順番どおり', later: '後で' }, codecs: '完全版のコーデック（H.264のほかに）', send: 'アップロードして始める',
    sending: 'アップロード', phases: { idle: '', sending: '送信中', paused: '一時停止', 'handing-in': '受け渡し中', failed: '停止', done: '完了' }, of: (sent, total) => `${total}中${sent}`, silent: '接続が切れました。サービスが応答すると自動で再開します。', fileGone: 'ファイルを読めなくなりました。変更されたか、なくなっています。もう一度選んでください。',
    hold: '一時停止', goOn: '再開', change: '内容を変える', giveUp: 'やめる', keepOpen: 'このタブを開いたままにしてください。閉じた場合は同じファイルを選ぶと、続きから送ります。',
  },
  film: {
    versions: 'バージョン', nothingYet: 'レポートはまだありません', nothingYetText: 'ラダーの設計後に表示されます。レポート導入前のバージョンにはありません。', decision: '判断', undecided: 'このマスターはまだ誰も判断していません。', approved: '承認', rejected: '却下', reason: '理由', approve: '承認する', reject: '却下する', sayWhy: '却下の理由を書いてください。', rejectStops: '却下すると制作中のものは終わります。', stillPublished: 'このマスターは却下されましたが、作品のリリースが公開中です。このマスターから作られたものなら、ここで取り下げてください。',
    frames: (first, last) => (first === last ? `フレーム${first}` : `フレーム${first}～${last}`), frameAt: (frame, at) => `フレーム${frame}（${at}）`, before: '直前', noFindings: '品質検査での指摘はありません。',
    rates: 'レートと画質', ratesLead: '試験エンコードによる各解像度の実力と、この作品に選んだ段、よそで一律に使われる固定ラダーです。', ratesLabel: (ours, fixed) => `ビットレートごとのVMAF。この作品の段が${ours}、固定ラダーが${fixed}。表も同じ内容です。`, ladder: 'ラダー', ours: 'この作品', fixed: '固定ラダー', measuredRung: '段（実測）', promisedRung: '段（試験による見込み）', promised: '見込み', firstPercentile: '下位1％の境', notOffered: '提供しません', onPhone: 'スマートフォンで', on4k: '4K画面で',
    codec: 'コーデック', rung: '段', overTime: '画質の推移', overTimeLead: 'セグメントごとのVMAF。選んだ段と、その後ろにほかの段。100フレームに1つは破線より下です。', overTimeLabel: (mean, first) => `作品を通したVMAF。平均${mean}、100フレームに1つは${first}未満。最も悪いセグメントは表にあります。`, worst: '最も悪いセグメント', when: '時刻', bits: 'シーンごとのビット', bitsLead: (scenes) => `${scenes}シーン。幅はシーンの長さです。`, dearest: '最もビットを使うシーン',
    compare: 'フレームの比較', compareLead: 'マスターと段の同じフレームを、最も悪い箇所とその間の数か所で比べます。', master: 'マスター', masterAt: (at) => `${at}のマスター`, rungAt: (rung, at) => `${at}の${rung}`, edge: '境目', masterShare: (share) => `マスター${share}`,
  },
  review: { lead: '品質検査が人に見せたいものと、問題なしとしたものの抜き取りです。', none: '確認を待つものはありません。', found: (count) => `指摘${count}件`, sampled: '抜き取り', look: '見る', more: (count) => `ほか${count}件` },
  mailbox: { lead: 'このサービスが書いた手紙です。メールサーバーを設定するまで、このページから先へは届きません。', none: '手紙はまだありません。' },
  appliances: { lead: '視聴者へのデータの配信元です。', none: 'まだ報告のあった配信ノードはありません。', appliance: '配信ノード', health: '状態', seen: '最終確認', held: '保持量', releases: 'リリース', healthy: '正常', down: '異常', never: 'なし', free: '空き', filling: '取り込み', idle: '取り込みなし' },
  health: { lead: 'サービス自身による稼働状況です。', alive: 'プロセス', ready: '受付可能', ok: '正常', bad: '異常', part: '部分', answer: '応答' },
}

export default ja
