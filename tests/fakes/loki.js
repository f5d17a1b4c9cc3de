'use strict';
// Loki's push endpoint with a Cockpit token. Settings and output: collector.js;
// of its own: token ("": none is to be sent). A line's "again" counts entries
// that Loki would drop as duplicates of earlier ones. Behaviours of its own:
//
//	bad_line, unauthorized, forbidden, limited, too_large (until a push is
//	under 4 KiB), blocked (260), broken

const { serve } = require('./collector');

const WEEK = 7 * 86400e3;

const settings = {
	path: '/loki/api/v1/push',
	token: 'f4k3-c0ckpit-t0ken',
};

const behaviours = {
	bad_line: () => ({ status: 400, body: "entry for stream '{}' has timestamp too old" }),
	unauthorized: () => ({ status: 401, body: 'no org id' }),
	forbidden: () => ({ status: 403, body: 'missing scope' }),
	limited: (s) => ({ status: 429, body: 'ingestion rate limit exceeded',
	    headers: { 'Retry-After': String(s.retryAfter) } }),
	too_large: (s, json) => (JSON.stringify(json).length > 4096
	    ? { status: 413, body: 'request body too large' } : { status: 204 }),
	blocked: () => ({ status: 260, body: 'blocked by policy' }),
	broken: () => ({ status: 500, body: 'internal' }),
};

const seen = new Set();

const isObject = (o) => o !== null && typeof o === 'object' && !Array.isArray(o);

function checkLabels(labels, violations) {
	const names = isObject(labels) ? Object.keys(labels) : [];
	if (names.length < 1 || names.length > 6)
		violations.push('labels: count');
	for (const name of names) {
		if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))
			violations.push(`label ${name}`);
		const value = labels[name];
		if (typeof value !== 'string' || value === '' || value.length > 2048)
			violations.push(`label ${name}: value`);
		if (/^(pid|container|host|version)$/.test(name))
			violations.push(`label ${name}: too many values`);
	}
	if (isObject(labels) && labels.stream !== 'cradle')
		violations.push('label stream');
}

function checkEntry(entry, violations) {
	if (!Array.isArray(entry) || entry.length !== 3) {
		violations.push('entry');
		return;
	}
	const [at, line, metadata] = entry;
	if (typeof at !== 'string' || !/^[1-9][0-9]{18}$/.test(at))
		violations.push('timestamp');
	else if (Number(at) / 1e6 < Date.now() - WEEK || Number(at) / 1e6 > Date.now() + 600e3)
		violations.push('timestamp: too far');
	if (typeof line !== 'string' || line === '' || Buffer.byteLength(line) > 256 * 1024)
		violations.push('line');
	// eslint-disable-next-line no-control-regex
	else if (/[\u0000-\u001f\u007f]/.test(line))
		violations.push('line: control character');
	if (!isObject(metadata) || Object.keys(metadata).length > 128 ||
	    Object.values(metadata).some((v) => typeof v !== 'string' || v === ''))
		violations.push('structured metadata');
}

function check(json, violations) {
	let again = 0;
	if (!isObject(json) || Object.keys(json).join() !== 'streams' ||
	    !Array.isArray(json.streams) || json.streams.length < 1) {
		violations.push('push');
		return { again };
	}
	for (const s of json.streams) {
		if (!isObject(s) || Object.keys(s).sort().join() !== 'stream,values' ||
		    !Array.isArray(s.values) || s.values.length < 1) {
			violations.push('stream');
			continue;
		}
		checkLabels(s.stream, violations);
		for (const entry of s.values) {
			const key = JSON.stringify([s.stream, entry]);
			checkEntry(entry, violations);
			again += seen.has(key);
			seen.add(key);
		}
	}
	return { again };
}

serve({ settings, behaviours, check,
    headers: (s) => (s.token ? { 'X-Token': s.token } : {}),
    ok: { status: 204 }, refuse: { status: 400, body: 'error at least one label pair is required' } });
