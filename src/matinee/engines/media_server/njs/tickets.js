// Edge tickets as `wire/tickets.py` verifies them, for NGINX. `vectors/tickets.json` binds both.
import crypto from 'crypto';

const LENGTH_MAX = 1024;

// The payload of a good ticket. Throws an Error whose message is the reason; the client is never told which.
// `keys`: base64url by key id. `now`: seconds.
function verify(text, keys, now) {
    const parts = text.split('.');
    if (text.length > LENGTH_MAX || parts.length !== 2) {
        throw new Error('malformed');
    }
    const payload = payloadOf(parts[0]);
    // `hasOwnProperty`, so that a key id of `constructor` is a stranger like any other.
    if (!Object.prototype.hasOwnProperty.call(keys, payload.kid)) {
        throw refusal(parts, 'unknown key');
    }
    const key = Buffer.from(keys[payload.kid], 'base64url');
    const mac = crypto.createHmac('sha256', key).update(`matinee:edge:${parts[0]}`).digest('base64url');
    if (!isSame(mac, parts[1])) {
        throw refusal(parts, 'bad signature');
    }
    if (payload.exp <= now) {
        throw new Error('expired');
    }
    return payload;
}

// What nobody of ours would have spelled so is malformed rather than forged. Only then asked: a good signature answers it.
function refusal(parts, reason) {
    return new Error(isCanonical(parts[0]) && isCanonical(parts[1]) && isUnicode(parts[0]) ? reason : 'malformed');
}

function admits(payload, release, tier) {
    return payload.release === release && payload.tiers.indexOf(tier) >= 0;
}

// Whether who has this address, in its four or sixteen bytes, may show it: it is spelled as `wire/clients.py` does.
function isFor(payload, address) {
    return !payload.client || spelled(address.toString('hex')).startsWith(payload.client);
}

function spelled(digits) {
    if (digits.length === 8) {
        return `4:${digits}`;
    }
    return digits.startsWith('00000000000000000000ffff') ? `4:${digits.slice(24)}` : `6:${digits}`;
}

function payloadOf(body) {
    let found;
    try {
        found = JSON.parse(Buffer.from(body, 'base64url').toString());
    } catch (error) {
        throw new Error('malformed');
    }
    if (!isPayload(found)) {
        throw new Error('malformed');
    }
    return found;
}

function isPayload(found) {
    return found !== null && typeof found === 'object'
        && typeof found.kid === 'string' && typeof found.release === 'string' && typeof found.session === 'string'
        && Array.isArray(found.tiers) && found.tiers.every(isText)
        && Number.isInteger(found.exp)
        && isTextOrNone(found.country) && isTextOrNone(found.client)
        && (found.v === undefined || found.v === 1);
}

function isTextOrNone(value) {
    return value === undefined || value === null || typeof value === 'string';
}

function isText(value) {
    return typeof value === 'string';
}

// One value has one spelling: no padding, no foreign characters, no stray bits at the end.
function isCanonical(text) {
    return Buffer.from(text, 'base64url').toString('base64url') === text;
}

// A byte that is no UTF-8 was replaced when the body was read.
function isUnicode(text) {
    const bytes = Buffer.from(text, 'base64url');
    return Buffer.from(bytes.toString()).equals(bytes);
}

// Takes as long for a near miss as for a far one: where two hashes begin to differ says nothing of what was hashed. Comparing
// each character here, in a script, costs more than to hash both.
function isSame(one, other) {
    return hashed(one) === hashed(other);
}

function hashed(text) {
    return crypto.createHash('sha256').update(text).digest('base64url');
}

export default { verify, admits, isFor };
