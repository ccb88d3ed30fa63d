import type { ConsoleMessages } from './en'

const ja: ConsoleMessages = {
  brand: 'コンソール', nav: 'コンソール', toViewer: '視聴アプリを開く', signOut: 'ログアウト', signIn: '運用担当者としてログイン', refused: 'このアカウントには運用権限がありません。「matinee operator add」で追加してもらってください。',
  email: 'メールアドレス', password: 'パスワード', submit: 'ログイン', retry: 'もう一度試す', loading: '読み込み中', skip: '本文へ移動', updated: (when) => `${when}に更新`, language: '言語',
  stale: 'サービスが応答しません。最後に確認した状態を表示しています。', unreachable: 'サービスに接続できません。', notFound: 'このアドレスにページはありません。',
  pages: { titles: '作品とリリース', queue: 'エンコード待ち行列', appliances: '配信ノード', mailbox: 'メールボックス', health: '稼働状況' },
  titles: {
    lead: '全作品と、視聴者に届いているリリース、これまでのリリースです。', name: '作品', state: '状態', release: 'リリース', made: '作成日時', profile: 'プロファイル', current: '公開中', none: 'まだ作品がありません。「matinee publish FILE --title …」で公開できます。',
    production: '制作状況', hideProduction: '制作状況を隠す', publish: '公開', rollback: '前の版に戻す', withdraw: '公開停止', noRelease: 'リリースはまだありません', noProduction: 'この作品はまだ何も作られていません。', confirmWithdraw: (name) => `「${name}」の公開を停止しますか？ 視聴者は再生を開始できなくなります。リリースは残り、再公開できます。`,
    confirm: '公開を停止', cancel: 'このまま残す', done: { publish: (name) => `「${name}」を公開しました。`, rollback: (name) => `「${name}」を前の版に戻しました。`, withdraw: (name) => `「${name}」の公開を停止しました。` },
    states: { available: '公開中', preparing: '準備中', withdrawn: '公開停止' },
  },
  queue: {
    lead: '作品になる途中のマスターです。', none: '準備中のものはありません。', eta: (span) => `残り約${span}`, stage: '工程', details: '詳細', hide: '詳細を隠す', findings: '品質検査', noFindings: '指摘はありません。', ladder: 'ラダー', picture: '映像', bitrate: 'ビットレート', vmaf: 'VMAF', noLadder: 'ラダーはショットの測定後に決まります。',
    states: { waiting: '待機中', running: '実行中', paused: '一時停止', ready: '完了', failed: '失敗', canceled: '中止' }, severities: { note: 'メモ', warning: '警告' },
    stages: { inspect: 'マスター確認', plan: 'ラダー設計', encode: 'エンコード', measure: '品質測定', 'encode-again': '再エンコード', 'measure-again': '再測定', artwork: '画像作成', package: 'パッケージ化', announce: '通知', tidy: '後片付け', continue: '継続' },
    waiting: '待機中：', versionOf: (profile) => `バージョン「${profile}」`, promised: '見込み',
  },
  mailbox: { lead: 'このサービスが書いた手紙です。メールサーバーを設定するまで、このページから先へは届きません。', none: '手紙はまだありません。' },
  appliances: { lead: '視聴者へのデータの配信元です。', none: 'まだ報告のあった配信ノードはありません。', appliance: '配信ノード', health: '状態', seen: '最終確認', held: '保持量', releases: 'リリース', healthy: '正常', down: '異常', never: 'なし', free: '空き', filling: '取り込み', idle: '取り込みなし' },
  health: { lead: 'サービス自身による稼働状況です。', alive: 'プロセス', ready: '受付可能', ok: '正常', bad: '異常', part: '部分', answer: '応答' },
}

export default ja
