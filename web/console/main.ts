import '../design/base.css'
import { mount } from 'svelte'
import { deviceWishes, pick } from '../i18n/locale'
import { words } from '../i18n/console'
import Console from './Console.svelte'

await words.speak(pick(deviceWishes()))
mount(Console, { target: document.getElementById('app')! })
