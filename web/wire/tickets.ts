/**
 * Signed tickets, as `matinee/wire/tickets.py` has them: `payload.mac`, base64url of canonical JSON and of
 * HMAC-SHA256 over `matinee:<purpose>:<payload>`. Both sides must judge every case of `vectors/tickets.json` alike.
 *
 * The player reads tickets to know when to renew them; an edge worker written in TypeScript verifies them.
 */

export type Purpose = 'edge' | 'play' | 'license' | 'caller';
export type Refusal = 'malformed' | 'unknown key' | 'bad signature' | 'expired';

export interface EdgeTicket {
  kid: string;
  release: string;
  tiers: string[];
  exp: number;
  session: string;
  country: string | null;
  client: string | null;
  v: 1;
}

export interface PlayToken {
  kid: string;
  session: string;
  account: string;
  profile: string;
  title: string;
  release: string;
  exp: number;
  v: 1;
}

export interface LicenseToken {
  kid: string;
  session: string;
  account: string;
  device: string;
  release: string;
  tiers: string[];
  exp: number;
  jti: string;
  v: 1;
}

export interface Caller {
  kid: string;
  exp: number;
  account: string;
  profile: string | null;
  country: string;
  maturity: number;
  plan: string;
  plan_rank: number;
  roles: string[];
  device: string;
  language: string;
  kids: boolean;
  suspicion: string;
  v: 1;
}

export interface Payloads {
  edge: EdgeTicket;
  play: PlayToken;
  license: LicenseToken;
  caller: Caller;
}

/** The ticket is forged, malformed, expired or for something else. */
export class TicketRefused extends Error {
  constructor(readonly reason: Refusal) {
    super(`This link is not valid (any more): ${reason}.`);
  }
}

type Fault = (value: unknown) => boolean;
interface Field {
  isWrong: Fault;
  otherwise?: unknown;
}

const TICKET_LENGTH_MAX = 1024;
const ALPHABET = /^[A-Za-z0-9_-]*$/;

const yesOrNo: Field = { isWrong: (value) => typeof value !== 'boolean' };
const text: Field = { isWrong: (value) => typeof value !== 'string' };
const textOrNull: Field = { isWrong: (value) => value !== null && typeof value !== 'string' };
const whole: Field = { isWrong: (value) => !Number.isSafeInteger(value) };
const texts: Field = { isWrong: (value) => !Array.isArray(value) || value.some((item) => typeof item !== 'string') };
const version: Field = { isWrong: (value) => value !== 1, otherwise: 1 };

const FIELDS: { [P in Purpose]: Record<keyof Payloads[P], Field> } = {
  edge: { kid: text, release: text, tiers: texts, exp: whole, session: text, country: { ...textOrNull, otherwise: null }, client: { ...textOrNull, otherwise: null }, v: version },
  play: { kid: text, session: text, account: text, profile: text, title: text, release: text, exp: whole, v: version },
  license: { kid: text, session: text, account: text, device: text, release: text, tiers: texts, exp: whole, jti: text, v: version },
  caller: {
    kid: text,
    exp: whole,
    account: text,
    profile: textOrNull,
    country: text,
    maturity: whole,
    plan: text,
    plan_rank: whole,
    roles: { ...texts, otherwise: [] },
    device: { ...text, otherwise: '' },
    language: { ...text, otherwise: 'en' },
    kids: { ...yesOrNo, otherwise: false },
    suspicion: { ...text, otherwise: '' },
    v: version,
  },
};

/** What a ticket says, without knowing whether it is genuine: for the one who holds it, to see when it ends. */
export function parse<P extends Purpose>(ticket: string, purpose: P): Payloads[P] {
  return split(ticket, purpose).payload;
}

/** The payload, if a key in `keys` signed it for this purpose and it has not expired. */
export async function verify<P extends Purpose>(
  ticket: string,
  purpose: P,
  keys: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  nowSeconds: number,
): Promise<Payloads[P]> {
  const { body, mac, payload } = split(ticket, purpose);
  const key = keys.get(payload.kid);
  if (key === undefined) throw new TicketRefused('unknown key');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['verify']);
  // WebCrypto compares in constant time.
  const signed = new TextEncoder().encode(`matinee:${purpose}:${body}`);
  if (!(await crypto.subtle.verify('HMAC', imported, mac, signed))) throw new TicketRefused('bad signature');
  if (payload.exp <= nowSeconds) throw new TicketRefused('expired');
  return payload;
}

/** Whether this ticket opens a file of that release and tier. */
export function admits(ticket: EdgeTicket, release: string, tier: string): boolean {
  return ticket.release === release && ticket.tiers.includes(tier);
}

/** Whether whoever has this address, in its four or sixteen bytes, may show it: spelled as `matinee/wire/clients.py` does. */
export function isFor(ticket: EdgeTicket, address: Uint8Array): boolean {
  return !ticket.client || spelled(address).startsWith(ticket.client);
}

function spelled(address: Uint8Array): string {
  const digits = Array.from(address, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (digits.length === 8) return `4:${digits}`;
  return digits.startsWith('00000000000000000000ffff') ? `4:${digits.slice(24)}` : `6:${digits}`;
}

function split<P extends Purpose>(ticket: string, purpose: P): { body: string; mac: Uint8Array<ArrayBuffer>; payload: Payloads[P] } {
  const [body, mac, ...more] = ticket.split('.');
  if (ticket.length > TICKET_LENGTH_MAX || body === undefined || mac === undefined || more.length > 0) {
    throw new TicketRefused('malformed');
  }
  return { body, mac: fromBase64Url(mac), payload: read(fromBase64Url(body), purpose) };
}

function read<P extends Purpose>(data: Uint8Array, purpose: P): Payloads[P] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data));
  } catch {
    throw new TicketRefused('malformed');
  }
  if (typeof value !== 'object' || value === null) throw new TicketRefused('malformed');
  const found = value as Record<string, unknown>;
  const payload: Record<string, unknown> = {};
  for (const [name, field] of Object.entries<Field>(FIELDS[purpose])) {
    const given = Object.hasOwn(found, name) ? found[name] : field.otherwise;
    if (field.isWrong(given)) throw new TicketRefused('malformed');
    payload[name] = given;
  }
  // Every field was checked against the table of this purpose just now.
  return payload as unknown as Payloads[P];
}

/** Strict: no padding, no foreign characters, no spare bits in the last one, so one value has one spelling. */
function fromBase64Url(encoded: string): Uint8Array<ArrayBuffer> {
  if (!ALPHABET.test(encoded) || encoded.length % 4 === 1) throw new TicketRefused('malformed');
  const standard = encoded.replaceAll('-', '+').replaceAll('_', '/');
  const binary = atob(standard);
  if (btoa(binary).replace(/=+$/, '') !== standard) throw new TicketRefused('malformed');
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
