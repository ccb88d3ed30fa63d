import { describe, expect, test } from 'vitest'
import { readBoot } from './boot'
import { Client } from './client'
import { parseProblem, Problem } from './problem'

const answering = (status: number, body: string, type = 'application/json') => {
  const seen: { url: string; init: RequestInit }[] = []
  const ask = (async (url: string, init: RequestInit) => {
    seen.push({ url, init })
    return new Response(status === 204 ? null : body, { status, headers: { 'content-type': type } })
  }) as typeof fetch
  return { ask, seen }
}

describe('a problem', () => {
  test('keeps the name, the sentence, the request id and its own members', () => {
    const body = '{"type":"https://matinee.invalid/problems/too-many-streams","status":409,"detail":"Two at a time.","request_id":"r1","active_streams":2}'
    const problem = parseProblem(409, 'application/problem+json', body)
    expect(problem).toMatchObject({ kind: 'too-many-streams', status: 409, detail: 'Two at a time.', requestId: 'r1' })
    expect(problem.members['active_streams']).toBe(2)
  })

  test('is made even from an answer that is no problem document', () => {
    expect(parseProblem(502, 'text/html', '<h1>Bad gateway</h1>')).toMatchObject({ kind: 'unexpected', status: 502, detail: '' })
    expect(parseProblem(404, 'application/json', 'not json')).toMatchObject({ kind: 'not-found' })
    expect(parseProblem(401, 'application/json', '{"type":"about:blank"}')).toMatchObject({ kind: 'not-signed-in' })
  })

  test('says whether asking again may help', () => {
    expect(parseProblem(503, null, '').isPassing).toBe(true)
    expect(parseProblem(403, null, '').isPassing).toBe(false)
  })
})

describe('the client', () => {
  test('unwraps the envelope and says who is watching, in which language', async () => {
    const { ask, seen } = answering(200, '{"data":{"n":1},"meta":{}}')
    const client = new Client({ fetch: ask, profileId: () => 'p1', language: () => 'ar' })
    expect(await client.post('/x', { body: { a: 1 }, idempotencyKey: 'k' })).toEqual({ n: 1 })
    expect(seen[0]?.url).toBe('/api/v1/x')
    expect(seen[0]?.init.headers).toMatchObject({ 'x-matinee-profile': 'p1', 'accept-language': 'ar', 'idempotency-key': 'k' })
  })

  test('answers nothing for 204', async () => {
    expect(await new Client({ fetch: answering(204, '').ask }).delete('/x')).toBeUndefined()
  })

  test('turns a silent network into a problem that passes', async () => {
    const client = new Client({ fetch: () => Promise.reject(new TypeError('Failed to fetch')) })
    const problem = await client.get('/x').catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(Problem)
    expect(problem).toMatchObject({ kind: 'unreachable', isPassing: true })
  })

  test('tells when the sign-in has ended', async () => {
    let ended = 0
    const client = new Client({ fetch: answering(401, '{}').ask, onSignedOut: () => (ended += 1) })
    await expect(client.get('/x')).rejects.toMatchObject({ status: 401 })
    expect(ended).toBe(1)
  })
})

test('a broken boot document is an empty one', () => {
  expect(readBoot('{"version":"1"}')).toEqual({ version: '1' })
  expect(readBoot('{{')).toEqual({})
  expect(readBoot(null)).toEqual({})
})
