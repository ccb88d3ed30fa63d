import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { admits, isFor, parse, verify, TicketRefused, type Purpose, type Refusal } from './tickets';

interface Case {
  name: string;
  purpose: Purpose;
  ticket: string;
  payload?: object;
  refused?: Refusal;
}

interface Vectors {
  keys: Record<string, string>;
  now: number;
  cases: Case[];
  clients: { ticket: string; bytes: string; is_for: boolean }[];
  admits: { ticket: string; release: string; tier: string; admits: boolean }[];
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/tickets.json', import.meta.url), 'utf-8')) as Vectors;
const keys = new Map(Object.entries(vectors.keys).map(([kid, hex]) => [kid, fromHex(hex)]));

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

describe('tickets, judged as the vectors shared with Python say', () => {
  for (const { name, purpose, ticket, payload, refused } of vectors.cases) {
    it(`${payload ? 'reads' : 'refuses'} ${name}`, async () => {
      const judged = verify(ticket, purpose, keys, vectors.now);
      if (payload) {
        expect(await judged).toEqual(payload);
        expect(parse(ticket, purpose)).toEqual(payload);
      } else {
        await expect(judged).rejects.toEqual(new TicketRefused(refused!));
        await expect(judged).rejects.toMatchObject({ reason: refused });
      }
    });
  }

  it('opens its own release and tiers only', async () => {
    for (const { ticket, release, tier, admits: expected } of vectors.admits) {
      expect(admits(await verify(ticket, 'edge', keys, vectors.now), release, tier)).toBe(expected);
    }
  });

  it('is for whoever asks from the network that it names', async () => {
    for (const { ticket, bytes, is_for: expected } of vectors.clients) {
      expect(isFor(await verify(ticket, 'edge', keys, vectors.now), fromHex(bytes))).toBe(expected);
    }
  });
});
