import { expect, test } from 'vitest'
import { watchForMissingKey } from './key-watch'

function watched() {
  const video = new EventTarget()
  const due: (() => void)[] = []
  let missing = 0
  const stop = watchForMissingKey(video, () => (missing += 1), (_, act) => {
    due.push(act)
    return () => void due.splice(due.indexOf(act), 1)
  })
  return { say: (type: string) => video.dispatchEvent(new Event(type)), pass: () => due.splice(0).forEach((act) => act()), stop, missing: () => missing }
}

test('a key that never comes is missed once', () => {
  const { say, pass, missing } = watched()
  say('waitingforkey')
  say('waitingforkey')
  pass()
  expect(missing()).toBe(1)
})

test.each(['playing', 'timeupdate', 'emptied', 'error'])('after %s nothing is missing', (type) => {
  const { say, pass, missing } = watched()
  say('waitingforkey')
  say(type)
  pass()
  expect(missing()).toBe(0)
})

test('nobody is told after the watch has stopped', () => {
  const { say, pass, stop, missing } = watched()
  say('waitingforkey')
  stop()
  say('waitingforkey')
  pass()
  expect(missing()).toBe(0)
})
