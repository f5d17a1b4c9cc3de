'use strict';
// What the fakes of the event sinks (slack.js, loki.js) have in common: take a
// POST, check every byte of it, print one line of JSON, answer as the script
// says. Prints "listening PORT" first.
//
// Settings, as JSON in the argument, later by POST /control too (which merges
// them and answers the counts so far):
//
//	tls          folder for the test CA (tls.js); none: plain http
//	certificate  good, wrong, stranger
//	port         0
//	path         where requests must go
//	script       behaviours, one for each request; the last one for ever
//	retryAfter   seconds, for "throttled"
//	delay        ms before each answer
//
// A request that differs from the contract is answered 400, and its line has
// the differences in "violations". "stranger" lines are requests that followed
// a redirect.

const http = require('http');
const https = require('https');
const tls = require('./tls');

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

const shared = {
	throttled: (s) => ({ status: 429, headers: { 'Retry-After': String(s.retryAfter) } }),
	throttled_silent: () => ({ status: 429 }),
	unavailable: () => ({ status: 503, body: 'upstream connect error' }),
	gateway: () => ({ status: 502, body: '<html>bad gateway</html>', type: 'text/html' }),
	html: () => ({ status: 200, body: '<html>Sign in</html>', type: 'text/html' }),
	redirect: (s) => ({ status: 307, headers: { Location: `http://127.0.0.1:${s.stranger}/stolen` } }),
	stall: () => ({ stall: true }),
	cut: () => ({ cut: true }),
	reset: () => ({ reset: true }),
	big: () => ({ status: 200, body: 'x'.repeat(2 << 20) }),
};

// Header by header: nothing is missing, nothing is there that was not agreed.
function checkRequest(req, settings, wanted, violations) {
	const names = [];
	for (let i = 0; i < req.rawHeaders.length; i += 2)
		names.push(req.rawHeaders[i]);
	const all = ['Accept', 'Content-Length', 'Content-Type', 'Host', 'User-Agent',
	    ...Object.keys(wanted)];
	if (names.slice().sort().join() !== all.sort().join())
		violations.push(`headers ${names}`);
	if (req.method !== 'POST')
		violations.push('method');
	if (req.httpVersion !== '1.1')
		violations.push('version');
	if (req.url !== settings.path)
		violations.push('path');
	if (req.headers['content-type'] !== 'application/json')
		violations.push('Content-Type');
	if (!/^cradle\/\d+\.\d+\.\d+$/.test(req.headers['user-agent']))
		violations.push('User-Agent');
	for (const [name, value] of Object.entries(wanted))
		if (req.headers[name.toLowerCase()] !== value)
			violations.push(name);
}

function parse(bytes, violations) {
	try {
		return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
	} catch (err) {
		violations.push(`body: ${err.message}`);
		return null;
	}
}

function send(res, answer) {
	if (answer.reset)
		return res.socket.destroy();
	if (answer.stall)
		return undefined;
	const body = Buffer.from(answer.cut ? 'ok, but cut' : answer.body || '');
	res.writeHead(answer.status || 200, { 'Content-Length': body.length,
	    'Content-Type': answer.type || 'text/plain', ...answer.headers });
	if (answer.cut)
		return res.write(body.subarray(0, 2), () => res.socket.destroy());
	return res.end(body);
}

const read = (req, then) => {
	const parts = [];
	req.on('data', (part) => parts.push(part));
	req.on('end', () => then(Buffer.concat(parts)));
};

// kind: { settings, behaviours, headers(settings), check(json, violations,
// settings), refuse (the answer to violations), ok }
exports.serve = (kind) => {
	const settings = { port: 0, script: [], retryAfter: 1, delay: 0, ...kind.settings,
	    ...JSON.parse(process.argv[2] || '{}') };
	const behaviours = { ok: () => kind.ok, ...shared, ...kind.behaviours };
	const count = { requests: 0, connections: 0, violations: 0, stranger: 0 };

	const choose = () => {
		const s = settings.script;
		return (s.length > 1 ? s.shift() : s[0]) || 'ok';
	};

	const control = (res, bytes) => {
		Object.assign(settings, bytes.length > 0 ? JSON.parse(bytes) : {});
		res.end(JSON.stringify(count) + '\n');
	};

	const take = (req, res, bytes) => {
		const violations = [];
		checkRequest(req, settings, kind.headers(settings), violations);
		const json = parse(bytes, violations);
		const notes = json ? kind.check(json, violations, settings) || {} : {};
		const does = violations.length > 0 ? 'refuse' : choose();
		const answer = does === 'refuse' ? kind.refuse
		    : behaviours[does](settings, json);
		count.requests++;
		count.violations += violations.length;
		say({ method: req.method, path: req.url, connection: req.socket.number,
		    at: Date.now(), does, status: answer.status, ...notes, violations,
		    body: json });
		setTimeout(send, settings.delay, res, answer);
	};

	const serve = (req, res) => read(req, (bytes) =>
	    (req.url === '/control' ? control(res, bytes) : take(req, res, bytes)));

	const server = settings.tls
	    ? https.createServer(tls.options(settings.tls, settings.certificate), serve)
	    : http.createServer(serve);
	server.keepAliveTimeout = 60000;
	server.on(settings.tls ? 'secureConnection' : 'connection',
	    (socket) => { socket.number = ++count.connections; });
	server.on('tlsClientError', () => {});
	server.on('clientError', (err, socket) => socket.destroy());

	const stranger = http.createServer((req, res) => {
		count.stranger++;
		say({ stranger: true, path: req.url, headers: req.rawHeaders });
		res.end();
	});
	stranger.listen(0, '127.0.0.1', () => {
		settings.stranger = stranger.address().port;
		server.listen(settings.port, '127.0.0.1',
		    () => process.stdout.write(`listening ${server.address().port}\n`));
	});
};
