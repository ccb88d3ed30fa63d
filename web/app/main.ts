import '../design/base.css'
import { mount } from 'svelte'
import { readBoot } from '../api/boot'
import { deviceWishes, pick } from '../i18n/locale'
import { words } from '../i18n/viewer'
import App from './App.svelte'
import { viewer } from './viewer.svelte'

const boot = readBoot(document.getElementById('boot')?.textContent)
// Who this is and which words to use are asked at the same time; the shell waits for the words only.
void viewer.know().catch(() => undefined)
await words.speak(pick(deviceWishes()))
mount(App, { target: document.getElementById('app')!, props: { boot } })
