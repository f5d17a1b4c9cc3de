'use strict';
// Scaleway's Secret Manager, as far as the two access endpoints go.
//
//	node scaleway.js '{"tls": DIR, "secrets": {...}, ...}'
//
// Prints "listening PORT", then one line of JSON for each request. A request
// that differs in one byte from the contract is answered 400 and its line has
// the differences in "violations". Settings, in the argument or later by
// POST /control (which merges them and answers what was counted so far):
//
//	tls          folder for the test CA (tls.js); none: plain http
//	certificate  good, wrong, stranger
//	maxVersion   TLSv1.2 and so on
//	port, key, region, project
//	secrets      {"/dir/name": SECRET}; SECRET: {value | json | base64,
//	             id, type, revision, disabled, script}, or just the value
//	script       behaviours (below), one for each request, the last for ever;
//	             a secret's own script comes before the common one
//	delay        ms before each answer
//	rtt          ms of round trip, for the handshakes too
//	pause        ms between the bytes of "trickle"

const crypto = require('crypto');
const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('./tls');

const settings = {
	port: 0,
	key: '11111111-2222-4333-8444-555555555555',
	region: 'fr-par',
	project: '0b7d0b9e-5a52-4d6f-8a53-3a40a1b8c702',
	secrets: {},
	script: [],
	delay: 0,
	rtt: 0,
	pause: 200,
};
const count = { requests: 0, connections: 0, violations: 0, redirected: 0 };
let strangerPort;

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

// ---- what is asked ---------------------------------------------------------

const PREFIX = '/secret-manager/v1beta1/regions/';
const BY_ID = /^([^/?]+)\/secrets\/([0-9a-f-]{36})\/versions\/([^/?]+)\/access$/;
const BY_PATH = /^([^/?]+)\/secrets-by-path\/versions\/([^/?]+)\/access\?(.*)$/;

// The query exactly as the vendor's own clients write it.
function readQuery(text, violations) {
	const found = {};
	const names = [];
	for (const pair of text.split('&')) {
		const [, name, value] = /^([a-z_]*)=?(.*)$/.exec(pair);
		let plain = value;
		try {
			plain = decodeURIComponent(value);
		} catch {
			violations.push(`bad percent-encoding of ${name}`);
		}
		if (encodeURIComponent(plain) !== value)
			violations.push(`encoding of ${name}`);
		found[name] = plain;
		names.push(name);
	}
	if (names.join() !== 'project_id,secret_path,secret_name')
		violations.push(`query names ${names}`);
	if (!/^\/([^/]+(\/[^/]+)*)?$/.test(found.secret_path))
		violations.push('secret_path');
	return found;
}

function readTarget(url, violations) {
	const rest = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : '';
	let m = BY_ID.exec(rest);
	if (m)
		return { region: m[1], id: m[2], revision: m[3] };
	m = BY_PATH.exec(rest);
	if (!m) {
		violations.push('path');
		return null;
	}
	const q = readQuery(m[3], violations);
	return { region: m[1], revision: m[2], project: q.project_id,
	    path: `${q.secret_path === '/' ? '' : q.secret_path}/${q.secret_name}` };
}

function checkHeaders(req, violations) {
	const names = [];
	for (let i = 0; i < req.rawHeaders.length; i += 2)
		names.push(req.rawHeaders[i]);
	const wanted = ['Accept', 'Host', 'User-Agent', 'X-Auth-Token'];
	if (names.slice().sort().join() !== wanted.join())
		violations.push(`headers ${names}`);
	if (req.headers.accept !== 'application/json')
		violations.push('Accept');
	if (!/^cradle\/\d+\.\d+\.\d+$/.test(req.headers['user-agent']))
		violations.push('User-Agent');
	if (req.method !== 'GET')
		violations.push('method');
	if (req.httpVersion !== '1.1')
		violations.push('version');
}

// ---- what is answered ------------------------------------------------------

const refuse = (status, type, more) =>
    ({ status, body: { type, message: 'a message that echoes nothing', ...more } });

const missing = refuse(404, 'not_found',
    { resource: 'secret', resource_id: '6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e01' });

function payload(secret) {
	if (typeof secret === 'string')
		return Buffer.from(secret);
	if (secret.base64 !== undefined)
		return Buffer.from(secret.base64, 'base64');
	if (secret.json !== undefined)
		return Buffer.from(JSON.stringify(secret.json));
	return Buffer.from(secret.value);
}

// IEEE CRC-32, bit by bit: not the code under test, and no table to mistype.
function crc32(bytes) {
	let crc = 0xffffffff;
	for (const byte of bytes) {
		crc ^= byte;
		for (let i = 0; i < 8; i++)
			crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return (crc ^ 0xffffffff) >>> 0;
}

const changed = (answer, change) =>
    ({ ...answer, body: { ...answer.body, ...change(answer.data) } });

// name: (the true answer) => what is sent instead
const behaviours = {
	ok: (a) => a,
	invalid: () => refuse(400, 'invalid_arguments', { details: [
	    { argument_name: 'secret_path', reason: 'required', help_message: 'x' }] }),
	unauthorized: () => refuse(401, 'denied_authentication',
	    { method: 'api_key', reason: 'not_found' }),
	expired: () => refuse(401, 'denied_authentication',
	    { method: 'api_key', reason: 'expired' }),
	forbidden: () => refuse(403, 'permissions_denied',
	    { details: [{ action: 'read', resource: 'secret' }] }),
	missing: () => missing,
	disabled: () => refuse(412, 'precondition_failed',
	    { precondition: 'secret_version_not_enabled', help_message: 'x' }),
	transient: () => refuse(409, 'transient_state', {}),
	throttled: () => ({ status: 429, raw: '', type: null,
	    headers: { 'X-Envoy-Ratelimited': 'true' } }),
	throttled_reset: () => refuse(429, 'too_many_requests', { help_message: 'x',
	    limit: { quota: 100, window_seconds: 60 }, reset_seconds: 1 }),
	throttled_after: () => ({ ...refuse(429, 'too_many_requests', {}),
	    headers: { 'Retry-After': '1' } }),
	broken: () => refuse(500, 'internal_error', {}),
	gateway: () => ({ status: 502, raw: '<html>bad gateway</html>', type: 'text/html' }),
	disguised: () => ({ status: 403, type: 'text/html',
	    raw: '{"type":"denied_authentication"}' }),
	unavailable: () => ({ status: 503, body: { message: 'no type here' } }),
	redirect: (a, req) => ({ status: 307, raw: '', type: null, headers: { Location:
	    `http://other.localhost:${strangerPort}/stolen?of=${req.headers.host}` } }),
	cut: (a) => ({ ...a, cut: true }),
	reset: () => ({ reset: true }),
	stall: () => ({ stall: true }),
	trickle: (a) => ({ ...a, trickle: true }),
	big: () => ({ status: 200, raw: '"' + 'x'.repeat(2 << 20) + '"' }),
	html: () => ({ status: 200, raw: '<html>Sign in</html>', type: 'text/html' }),
	no_type: (a) => ({ ...a, type: null }),
	not_json: () => ({ status: 200, raw: '{"data": "czNj' }),
	empty: () => ({ status: 200, raw: '' }),
	no_data: (a) => changed(a, () => ({ data: undefined })),
	data_number: (a) => changed(a, () => ({ data: 7 })),
	not_base64: (a) => changed(a, () => ({ data: '*** no base64 ***' })),
	too_long: (a) => changed(a,
	    () => ({ data: Buffer.alloc(65537, 'x').toString('base64') })),
	crc_right: (a) => changed(a, (data) => ({ data_crc32: crc32(data) })),
	crc_wrong: (a) => changed(a, (data) => ({ data_crc32: crc32(data) ^ 1 })),
	crc_string: (a) => changed(a, (data) => ({ data_crc32: String(crc32(data)) })),
	crc_absent: (a) => changed(a, () => ({ data_crc32: undefined })),
	rude: () => ({ status: 403, raw: '{"type":"a\\u001b[31mb c","message":"x"}' }),
};

function findSecret(target) {
	if (target.region !== settings.region)
		return null;
	if (target.id)
		return Object.values(settings.secrets).find((s) => s.id === target.id);
	return settings.secrets[target.path];
}

function trueAnswer(target, secret) {
	if (target.project !== undefined && target.project !== settings.project)
		return refuse(403, 'permissions_denied', { details: [] });
	if (secret === undefined || secret === null)
		return missing;
	const newest = secret.revision || 3;
	const named = ['latest', 'latest_enabled'].includes(target.revision);
	if (!named && Number(target.revision) > newest)
		return missing;
	if (secret.disabled && target.revision === 'latest')
		return behaviours.disabled();
	const data = payload(secret);
	return { status: 200, data, body: {
		secret_id: secret.id || '6f1f7f0a-2a51-4a1c-9c8d-0d5b1f6f1e01',
		revision: named ? newest : Number(target.revision),
		data: data.toString('base64'),
		data_crc32: null,
		type: secret.type || 'opaque',
	} };
}

function nextBehaviour(secret) {
	const own = secret && secret.script && secret.script.length > 0;
	const script = own ? secret.script : settings.script;
	return (script.length > 1 ? script.shift() : script[0]) || 'ok';
}

function send(res, answer, id) {
	if (answer.reset)
		return res.socket.destroy();
	if (answer.stall)
		return undefined;
	const body = Buffer.from(answer.raw !== undefined ? answer.raw
	    : JSON.stringify(answer.body));
	const type = answer.type === undefined ? 'application/json' : answer.type;
	res.writeHead(answer.status, { 'X-Request-Id': id,
	    'Content-Length': body.length, ...(type && { 'Content-Type': type }),
	    ...answer.headers });
	if (answer.cut)
		return res.write(body.subarray(0, body.length >> 1),
		    () => res.socket.destroy());
	if (answer.trickle)
		return trickle(res, body, 0);
	return res.end(body);
}

function trickle(res, body, at) {
	if (at === body.length)
		return res.end();
	res.write(body.subarray(at, at + 1));
	return setTimeout(trickle, settings.pause, res, body, at + 1);
}

function serve(req, res) {
	if (req.url === '/control')
		return control(req, res);
	const violations = [];
	const target = readTarget(req.url, violations);
	checkHeaders(req, violations);
	const token = req.headers['x-auth-token'];
	const secret = target && findSecret(target);
	const id = crypto.randomUUID();
	let does = 'ok';
	let answer;
	if (violations.length > 0)
		answer = behaviours.invalid();
	else if (token !== settings.key)
		answer = behaviours.unauthorized();
	else {
		does = nextBehaviour(secret);
		answer = behaviours[does](trueAnswer(target, secret), req);
	}
	count.requests++;
	count.violations += violations.length;
	say({ method: req.method, url: req.url, token: token === settings.key,
	    connection: req.socket.number, does, status: answer.status, id, violations });
	return setTimeout(send, settings.delay, res, answer, id);
}

function control(req, res) {
	let body = '';
	req.on('data', (part) => { body += part; });
	req.on('end', () => {
		Object.assign(settings, body ? JSON.parse(body) : {});
		res.end(JSON.stringify(count) + '\n');
	});
}

// ---- listening -------------------------------------------------------------

// A far-away server: each byte is half a round trip late in both directions,
// and the first one a whole one more, which TCP's own handshake would cost.
function relay(port) {
	return net.createServer((near) => {
		const far = net.connect(port, '127.0.0.1');
		const born = Date.now();
		const late = (from, to, extra) => {
			const wait = () => settings.rtt / 2 +
			    Math.max(0, born + extra - Date.now());
			from.on('data', (data) => setTimeout(() => to.write(data), wait()));
			from.on('end', () => setTimeout(() => to.end(), wait()));
			from.on('error', () => to.destroy());
			from.on('close', () => setTimeout(() => to.destroy(), wait()));
		};
		near.setNoDelay();
		far.setNoDelay();
		late(near, far, settings.rtt);
		late(far, near, 0);
	});
}

function listen(server, port, then) {
	server.listen(port, '127.0.0.1', () => then(server.address().port));
}

function main() {
	Object.assign(settings, JSON.parse(process.argv[2] || '{}'));
	const server = settings.tls
	    ? https.createServer({ ...tls.options(settings.tls, settings.certificate),
		maxVersion: settings.maxVersion, minVersion: 'TLSv1' }, serve)
	    : http.createServer(serve);
	server.keepAliveTimeout = 60000;
	server.on(settings.tls ? 'secureConnection' : 'connection',
	    (socket) => { socket.number = ++count.connections; });
	server.on('tlsClientError', () => {});
	server.on('clientError', (err, socket) => socket.destroy());
	const stranger = http.createServer((req, res) => {
		count.redirected++;
		say({ redirected: true, url: req.url, headers: req.rawHeaders });
		res.end();
	});
	listen(stranger, 0, (port) => { strangerPort = port; });
	const ready = (port) => process.stdout.write(`listening ${port}\n`);
	if (settings.rtt > 0)
		listen(server, 0, (port) => listen(relay(port), settings.port, ready));
	else
		listen(server, settings.port, ready);
}

main();
