'use strict';
// Slack's incoming webhook: checks the message's shape, its limits and its
// escaping. Settings and output: collector.js. Behaviours of its own:
//
//	invalid_blocks  400 for a message with blocks; one without is taken
//	invalid_token, no_service, archived, invalid_payload, rollup_error

const { serve } = require('./collector');

const BUDGET = 10000;

const settings = {
	path: '/services/T00000000/B00000000/f4k3w3bh00kf4k3w3bh00k00',
};

const behaviours = {
	invalid_blocks: (s, json) => (json.attachments
	    ? { status: 400, body: 'invalid_blocks' } : { status: 200, body: 'ok' }),
	invalid_payload: () => ({ status: 400, body: 'invalid_payload' }),
	invalid_token: () => ({ status: 403, body: 'invalid_token' }),
	no_service: () => ({ status: 404, body: 'no_service' }),
	archived: () => ({ status: 410, body: 'channel_is_archived' }),
	rollup_error: () => ({ status: 500, body: 'rollup_error' }),
};

const sameKeys = (object, keys) =>
    object && typeof object === 'object' &&
    Object.keys(object).sort().join() === keys.slice().sort().join();

// Slack counts what is written, entities and all.
function checkText(text, max, where, violations) {
	if (typeof text !== 'string' || text.length < 1 || text.length > max) {
		violations.push(`${where}: length`);
		return 0;
	}
	if (/[<>]/.test(text) || /&(?!(amp|lt|gt);)/.test(text))
		violations.push(`${where}: escaping`);
	// eslint-disable-next-line no-control-regex
	if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text))
		violations.push(`${where}: control character`);
	if (!text.isWellFormed ? /[\ud800-\udfff]/u.test(text) : !text.isWellFormed())
		violations.push(`${where}: half a character`);
	if ((text.match(/```/g) || []).length % 2 !== 0)
		violations.push(`${where}: a code block is not closed`);
	return text.length;
}

function checkObject(o, type, max, where, violations) {
	const keys = type === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text'];
	if (!sameKeys(o, keys) || o.type !== type || (type === 'mrkdwn' && o.verbatim !== true)) {
		violations.push(`${where}: text object`);
		return 0;
	}
	return checkText(o.text, max, where, violations);
}

function checkList(list, max, length, where, violations) {
	if (!Array.isArray(list) || list.length < 1 || list.length > max) {
		violations.push(`${where}: count`);
		return 0;
	}
	return list.reduce((sum, o) =>
	    sum + checkObject(o, 'mrkdwn', length, where, violations), 0);
}

const blocks = {
	header: (b, v) => (sameKeys(b, ['type', 'text'])
	    ? checkObject(b.text, 'plain_text', 150, 'header', v) : v.push('header')),
	section: (b, v) => {
		if (sameKeys(b, ['type', 'fields']))
			return checkList(b.fields, 10, 2000, 'fields', v);
		if (sameKeys(b, ['type', 'text']))
			return checkObject(b.text, 'mrkdwn', 3000, 'section', v);
		return v.push('section');
	},
	context: (b, v) => (sameKeys(b, ['type', 'elements'])
	    ? checkList(b.elements, 10, 2000, 'context', v) : v.push('context')),
};

function checkAttachment(a, violations) {
	if (!sameKeys(a, ['color', 'blocks']) || !/^#[0-9a-f]{6}$/.test(a.color)) {
		violations.push('attachment');
		return 0;
	}
	if (!Array.isArray(a.blocks) || a.blocks.length < 1 || a.blocks.length > 50)
		violations.push('blocks: count');
	return a.blocks.reduce((sum, b) => {
		if (blocks[b.type])
			return sum + blocks[b.type](b, violations);
		violations.push(`block ${b.type}`);
		return sum;
	}, 0);
}

function check(json, violations) {
	const plain = sameKeys(json, ['text']);
	checkText(json.text, 4000, 'text', violations);
	if (plain)
		return { plain };
	if (!sameKeys(json, ['text', 'unfurl_links', 'unfurl_media', 'attachments']) ||
	    json.unfurl_links !== false || json.unfurl_media !== false ||
	    !Array.isArray(json.attachments) || json.attachments.length !== 1) {
		violations.push('message');
		return { plain };
	}
	const chars = checkAttachment(json.attachments[0], violations);
	if (chars > BUDGET)
		violations.push(`blocks: ${chars} characters`);
	return { plain, chars };
}

serve({ settings, behaviours, check, headers: () => ({}),
    ok: { status: 200, body: 'ok' }, refuse: { status: 400, body: 'invalid_payload' } });
