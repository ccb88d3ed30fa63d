// Who may have which file, as `gate.py` decides it, for NGINX. Whatever can change lies in files that are read anew for each
// request, so that a new key, a denied release or a revoked session holds in every worker at once and nothing is ever loaded again.
import fs from 'fs';
import tickets from 'tickets.js';

// Compiled once; yet whatever stands out here is made anew for each request, so what few requests need stands where it is needed.
const PATH = /^\/v1\/([A-Za-z0-9_.\-]{1,1024})\/([A-Za-z0-9][A-Za-z0-9_\-]{0,63})\/(?:(release\.json)|([A-Za-z0-9][A-Za-z0-9_\-]{0,31})\/([A-Za-z0-9_][A-Za-z0-9._\-]{0,127})\/([A-Za-z0-9_][A-Za-z0-9._\-]{0,127}))(?:\?|$)/;
const SESSION = /^[A-Za-z0-9][A-Za-z0-9_\-]{0,63}$/;
const FILL = 'fill';
const NOT_PLAIN = '?';
const OR_NOTHING = { throwIfNoEntry: false };
const SAID_MAX = 2048;

function admit(r) {
    // The path as it was sent: what needs decoding or tidying is no path of ours.
    const found = PATH.exec(r.variables.request_uri);
    if (found === null) {
        r.return(404);
        return;
    }
    const release = found[2];
    const file = found[3] ? `${release}/${found[3]}` : `${release}/${found[4]}/${found[5]}/${found[6]}`;
    r.variables.edge_file = file;
    const reason = refused(r, found[1], release, found[4], file);
    if (reason) {
        r.variables.edge_reason = reason;
        r.return(403);
        return;
    }
    const words = r.variables.arg_CMCD || inHeaders(r.headersIn);
    if (words) {
        r.variables.edge_said = said(words) || '-';
    }
    answer(r, file);
}

// What a log line holds of what a player says of itself: nothing that could end a field or a line, and not without end.
function said(words) {
    const some = words.slice(0, SAID_MAX);
    return /[^!#-\[\]-~]/.test(some)
        ? some.replace(/[^!-~]/g, '').replace(/"/g, '%22').replace(/\\/g, '%5C')
        : some;
}

// What the query's argument would be. Asked for each header by its name, for most players send none.
function inHeaders(headers) {
    const request = headers['CMCD-Request'];
    const object = headers['CMCD-Object'];
    const status = headers['CMCD-Status'];
    const session = headers['CMCD-Session'];
    if (!request && !object && !status && !session) {
        return '';
    }
    return [request, object, status, session].filter(Boolean)
        .map((word) => word.replace(/[^ -~]/g, '')).map(encodeURIComponent).join(',');
}

// NGINX answers ranges itself, but for what the embedded server answers otherwise: which range is none, which has no bytes.
function answer(r, file) {
    const header = r.headersIn.Range;
    const path = `${r.variables.edge_hot === '1' && isHot(file) ? 'hot' : 'files'}/${file}`;
    if (!header) {
        r.internalRedirect(`/${path}`);
        return;
    }
    const range = r.method === 'GET'
        ? /^bytes[ \t]*=[ \t]*([0-9]{0,18})[ \t]*-[ \t]*([0-9]{0,18})$/.exec(header.trim())
        : null;
    if (range === null || !(range[1] || range[2]) || (range[1] && range[2] && Number(range[2]) < Number(range[1]))) {
        r.internalRedirect(`/whole/${path}`);
        return;
    }
    const found = fs.statSync(`served/${path}`, OR_NOTHING);
    if (found && !isSatisfiable(range, found.size) && isForRange(r.headersIn, found)) {
        r.variables.edge_size = found.size;
        r.return(416);
        return;
    }
    r.internalRedirect(`/${path}`);
}

function isSatisfiable(range, size) {
    return range[1] ? Number(range[1]) < size : Number(range[2]) > 0 && size > 0;
}

// Whether the client wants the range of just this file, and not to hear that it has the file already.
function isForRange(headers, found) {
    const tag = `"${Math.floor(found.mtimeMs / 1000).toString(16)}-${found.size.toString(16)}"`;
    const known = (headers['If-None-Match'] || '').split(',').map((each) => each.trim().replace(/^W\//, ''));
    const begun = headers['If-Range'];
    return known.indexOf(tag) < 0 && known.indexOf('*') < 0 && (!begun || begun === tag);
}

// Why this ticket does not open this file, or nothing. `tier` is undefined for a release's own description.
function refused(r, text, release, tier, file) {
    const keys = JSON.parse(fs.readFileSync('keys.json', 'utf8'));
    let ticket;
    try {
        ticket = tickets.verify(text, keys, Date.now() / 1000);
    } catch (error) {
        return error.message;
    }
    if (!(tier && tickets.admits(ticket, release, tier)) && !tickets.admits(ticket, release, FILL)) {
        return 'for something else';
    }
    const session = SESSION.test(ticket.session) ? ticket.session : NOT_PLAIN;
    if (isThere(`revoked/${session}`)) {
        return 'revoked';
    }
    if (ticket.client && !tickets.isFor(ticket, r.rawVariables.binary_remote_addr)) {
        return 'for another client';
    }
    if (isThere(`denied/${release}`) && (isThere(`denied/${release}/.all`) || isThere(`denied/${file}`))) {
        return 'purged';
    }
    r.variables.edge_session = session;
    return '';
}

// A fast disk that has gone bad is as none: the other has everything.
function isHot(file) {
    try {
        return isThere(`served/hot/${file}`);
    } catch (error) {
        return false;
    }
}

function isThere(path) {
    return Boolean(fs.statSync(path, OR_NOTHING));
}

export default { admit };
