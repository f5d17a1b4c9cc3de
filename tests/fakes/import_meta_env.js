'use strict'
// Judges what is written in place of import-meta-env's placeholder, for
// tests/unit/test_serialize.c:
//
//	make DIR SEED	context files c0.src, c1.src... and values v0.val, v1.val...
//	judge DIR SEED	c0v0.out and so on: each must load back to its value, be
//			what the original tool writes wherever that loads, and
//			be the same bytes around the placeholder
//
// SEED 0 is the fixed list; any other makes contexts and values by chance.  What
// the original writes is compared with the original itself where build/npm has it.
//
// A context says how a browser or a bundle gets to the value.

const { spawnSync } = require('child_process')
const fs = require('fs')
const path = require('path')
const vm = require('vm')

const WORD = 'import_meta_env_placeholder'
const CODE = `globalThis.import_meta_env=JSON.parse('"${WORD}"')`
const PAGE = `<!doctype html><html><head><title>a</title><script>${CODE}</script></head><body></body></html>`

// What compilers do to text that they put into a literal.
const inDouble = (t) => '"' + t.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') + '"'
const inSingle = (t) => "'" + t.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n') + "'"
const inTemplate = (t) => '`' + t.replace(/\\/g, '\\\\').replace(/`/g, '\\`').replace(/\$\{/g, '\\${') + '`'
const quotesEscaped = CODE.replace(/"/g, '\\"')
const NOISE = 'const r=/[/"`\']/g,q=(1+2)/3,s=`a${q/2}b`;if(q)/["\']/.test(s);'

const contexts = [
	['inline script', 'html', PAGE],
	['inline script behind others', 'html', `<!DOCTYPE html>\n<script>var a=\`x\`</script><p>it's "\`</p><SCRIPT type="module">${CODE}</SCRIPT>`],
	['module', 'js', `const a=1/2;\n${CODE};\nconst b=\`\``],
	['bundle with templates around', 'js', `${NOISE}${CODE};{${NOISE}}`],
	['code in a substitution', 'js', 'const t=`a${(()=>{' + CODE + ';return 1})()}b`'],
	['eval in webpack', 'js', `${NOISE}eval(${inDouble(CODE + ';\n//# sourceURL=x')})`],
	['page in "..."', 'js html', `globalThis.page=${inDouble(PAGE)}`],
	['page in JSON', 'json html', JSON.stringify({ page: PAGE })],
	['escaped quotes in plain code', 'js', quotesEscaped],
	["escaped page in '...'", 'js html', `globalThis.page=${inSingle(PAGE.replace(CODE, quotesEscaped))}`],
	["eval in '...'", 'js', `eval(${inSingle(`eval(${inDouble(CODE)})`)})`],
	["page in '...', terser", 'js html', `globalThis.page=${inSingle(PAGE)}`],
	['back-quotes, rolldown', 'js', `globalThis.import_meta_env=JSON.parse(\`"${WORD}"\`)`],
	['page in a template, esbuild', 'js html', `globalThis.page=\`${PAGE}\``],
	['page in a template with substitutions', 'js html', `globalThis.page=\`<p>\${1+1} \${\`x\`}</p>${PAGE}\``],
	['double quotes', 'js', `globalThis.import_meta_env=JSON.parse("\\"${WORD}\\"")`],
	['blanks and a comma', 'js', `globalThis.import_meta_env = JSON.parse(\n\t'"${WORD}"',\n);\n`],
	['escaped blanks', 'js', `eval(${inDouble(`globalThis.import_meta_env = JSON.parse( \n\t'"${WORD}"'\n)`)})`],
	['page in a template in eval', 'js html', `eval(${inDouble(`globalThis.page=\`${PAGE}\``)})`],
	['eval in eval', 'js', `eval(${inDouble(`eval(${inDouble(CODE)})`)})`],
	['escaped page in a template', 'js html', `globalThis.page=${inTemplate(PAGE.replace(CODE, quotesEscaped)).replace(/\\\\/g, '\\')}`],
	['doubly escaped page in a template', 'js html', `globalThis.page=\`${inSingle(PAGE.replace(CODE, quotesEscaped)).slice(1, -1)}\``],
	['back-quotes in eval', 'js', `eval(${inDouble(`globalThis.import_meta_env=JSON.parse(\`"${WORD}"\`)`)})`],
	['back-quotes in a template', 'js', `eval(${inTemplate(`globalThis.import_meta_env=JSON.parse(\`"${WORD}"\`)`)})`],
	["page in '...' in eval", 'js html', `eval(${inDouble(`globalThis.page=${inSingle(PAGE)}`)})`],
	['page in "..." in \'...\'', 'js html', `eval(${inSingle(`globalThis.page=${inDouble(PAGE)}`)})`],
	["page in '...' in '...'", 'js html', `eval(${inSingle(`globalThis.page=${inSingle(PAGE)}`)})`],
	['another name in front', 'js', `globalThis.myJSON=JSON;globalThis.import_meta_env=myJSON.parse('"${WORD}"')`],
	['twice', 'js', `var one=JSON.parse('"${WORD}"');eval(${inDouble(CODE)});if(JSON.stringify(one)!==JSON.stringify(import_meta_env))throw 1`],
]

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB/z+CAQ==\n-----END CERTIFICATE-----\n'
const values = [
	'', ' ', 'plain', 'https://a.example/b?c=d&e=f#g', 'say "hi"', '"', '""', "it's", "'", "'+alert(1)+'",
	'C:\\dir', '\\', '\\\\', '\\"', "\\'", '\\n', '\\u0041', '\\x41', '\\\\"\\\\', 'ends with \\',
	'line1\nline2', '\n', '\r\n', '\t', '\b\f\v', '\u0001', '\u001f', '\u007f', '\u0080', '\u2028', '\u2029', '\ufeff', '\u00a0',
	'$$', '$&', '[$&]', '$`', "$'", 'pa$`ss', '$1', '$<x>', '$', '$0', '$$$', 'a$', '${x}', '${', '$ {', '`', '``', '`${alert(1)}`', '{}', '}',
	'</script><!--', '</SCRIPT >', '<script>', '<!--<script>', '-->', ']]>', '<', '>', '/', '//', '/*', '*/', '<img src=x onerror=alert(1)>',
	'{"a":[1]}', '[1,2]', 'true', '0123', 'null', 'undefined', 'NaN', '-0', PEM, PEM.replace(/\n/g, '\\n'),
	'%', '%20', '%zz', '100%', '%27', 'é', '日本語', '\u{1f600}', '&quot;&amp;', '&#39;', "JSON.parse('x')", WORD, 'x'.repeat(100000),
	'postgres://u:p@h/d?sslmode=require', 'a,b;c=d', '!~*()', "\\\\\\'\\\\\\\"", '\\`', '\\${', '\\u2028', '#', ';', '=', '\\\n',
	Buffer.from([0xff]), Buffer.from('a\xe2\x82b', 'latin1'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xf0, 0x9f, 0x98]), Buffer.from([0xc0, 0x80, 0xf5, 0x41]),
]

const text = (v) => (Buffer.isBuffer(v) ? v.toString('utf8') : v)

// The original's three passes, as substitution.md describes them.
function original(source, value) {
	const escaped = value.replace(/\\/g, '\\\\').replace(/"/g, '\\"')
	const unsafe = { '<': '\\u003C', '>': '\\u003E', '/': '\\u002F', '\u2028': '\\u2028', '\u2029': '\\u2029' }
	const e0 = JSON.stringify({ FIRST: 'ok', V: escaped }).replace(/[<>/\u2028\u2029]/g, (c) => unsafe[c])
	const doubled = e0.replace(/\\/g, '\\\\')
	return source
		.replace(/JSON.parse\(\\'\\\\"import_meta_env_placeholder\\\\"\\'\)/g, "JSON.parse(\\'" + doubled.replace(/"/g, '\\\\"') + "\\')")
		.replace(/JSON.parse\('\\"import_meta_env_placeholder\\"'\)/g, "JSON.parse('" + doubled.replace(/"/g, '\\"') + "')")
		.replace(/JSON.parse\('"import_meta_env_placeholder"'\)/g, "JSON.parse('" + e0 + "')")
}

function scripts(page) {
	const found = []
	for (let at = 0; ;) {
		const open = /<script[^>]*>/gi
		open.lastIndex = at
		const m = open.exec(page)
		if (!m) return found
		const shut = /<\/script[\s/>]/gi
		shut.lastIndex = open.lastIndex
		const end = shut.exec(page)
		const code = page.slice(open.lastIndex, end ? end.index : page.length)
		if (/<!--[^]*<script/i.test(code)) return ['throw 1']
		found.push(code)
		at = end ? shut.lastIndex : page.length
	}
}

// What the page has in import_meta_env, or undefined.
function run(kind, source) {
	const box = vm.createContext({ alert() { throw new Error('injected') } })
	const steps = kind.split(' ')
	try {
		if (steps[0] === 'js') vm.runInContext(source, box, { timeout: 2000 })
		const page = steps[0] === 'json' ? JSON.parse(source).page : steps[0] === 'html' ? source : box.page
		if (steps.includes('html')) for (const code of scripts(page)) vm.runInContext(code, box, { timeout: 2000 })
		return box.import_meta_env
	} catch {
		return undefined
	}
}

// The value as the page would see it, or undefined.
function load(kind, source) {
	const env = run(kind, source)
	return env && env.FIRST === 'ok' && Object.keys(env).length === 2 ? env.V : undefined
}

// A small generator, so that a seed is all that a failure needs.
function chance(seed) {
	let state = seed >>> 0
	return (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0
		return Math.floor((state / 2 ** 32) * n)
	}
}

const pick = (r, list) => list[r(list.length)]

// A literal of the text; careful ones escape the other quotes as well.
function literal(t, quote, careful) {
	let inside = t.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\t/g, '\\t')
	inside = inside.replace(careful ? /['"]/g : new RegExp(quote, 'g'), '\\$&')
	if (quote === '`') inside = (careful ? inside.replace(/`/g, '\\`') : inside).replace(/\$\{/g, '\\${')
	return quote + inside + quote
}

const before = ['', 'const a=1/2;\n', NOISE, '// it\'s "`\n', '/* ` */', 'var s="\\"",t=`${"`"}`;', 'if(1){/["\']/.test("")}', ';'.repeat(5000)]

function randomContext(r) {
	const quote = pick(r, ["'", '"', '`'])
	const blank = r(6) ? '' : pick(r, [' ', '\n\t'])
	let code = `globalThis.import_meta_env=JSON.parse(${blank}${literal(`"${WORD}"`, quote, r(2))}${r(6) ? blank : ',' + blank})`
	let page = false
	code = pick(r, before) + code + pick(r, ['', ';', ';var z=`' + '${1}`'])
	for (let depth = r(4); depth > 0; depth--) {
		const q = pick(r, ["'", '"', '`'])
		if (page || r(2)) {
			code = `eval(${literal(code, q, r(2))})`
		} else {
			page = true
			code = `globalThis.page=${literal(PAGE.replace(CODE, () => code), q, r(2))}`
		}
		code = pick(r, before) + code + pick(r, ['', '\n'])
	}
	if (!page && r(4) === 0) return ['random page', 'html', PAGE.replace(CODE, () => code)]
	return ['random code', page ? 'js html' : 'js', code, Buffer.from(Array.from({ length: r(40) }, () => 128 + r(128)))]
}

const pieces = ["'", '"', '`', '\\', '$', '$$', '$&', '${', '}', '<', '>', '/', '</script', '<!--', '\n', '\r', '\u2028', '\0', '\x01', '%', '%41', 'é', '\u{1f600}', 'abc', '\\n', '\\u0041', '&', WORD, '{"a":1}']

function randomValue(r) {
	if (r(5) === 0) return Buffer.from(Array.from({ length: r(30) }, () => r(256)))
	return Array.from({ length: r(7) }, () => pick(r, pieces)).join('')
}

// Only code that runs as the build left it, with the word for a string.
function goodContext(r) {
	for (;;) {
		const context = randomContext(r)
		if (run(context[1], context[2]) === WORD) return context
	}
}

function cases(seed) {
	if (seed === 0) return { contexts, values }
	const r = chance(seed)
	return {
		contexts: Array.from({ length: 30 }, () => goodContext(r)),
		values: Array.from({ length: 30 }, () => randomValue(r)),
	}
}

const source = ([, , code, tail]) => Buffer.concat([Buffer.from(code), tail ? Buffer.concat([Buffer.from('\n//'), tail]) : Buffer.alloc(0)])

function make(dir, seed) {
	const { contexts, values } = cases(seed)
	contexts.forEach((context, c) => fs.writeFileSync(`${dir}/c${c}.src`, source(context)))
	values.forEach((value, v) => fs.writeFileSync(`${dir}/v${v}.val`, value))
}

// Whether only the call was touched: the bytes from JSON to the parenthesis.
function isTouchedOnlyThere(from, out) {
	const at = from.indexOf(WORD)
	if (from.indexOf(WORD, at + 1) !== -1) return true
	const start = from.lastIndexOf('JSON', at)
	const end = from.indexOf(')', at) + 1
	return out.subarray(0, start).equals(from.subarray(0, start)) && out.subarray(out.length - (from.length - end)).equals(from.subarray(end))
}

// Some pairs by the original itself: what it makes of them must be original().
function compareWithOriginal(dir, { contexts, values }, complain) {
	const tool = 'build/npm/node_modules/@import-meta-env/cli/bin/import-meta-env.js'
	if (!fs.existsSync(tool)) {
		console.error(`skipped: the original itself (there is no ${tool})`)
		return
	}
	fs.writeFileSync(`${dir}/example`, 'FIRST=\nV=\n')
	values.forEach((bytes, v) => {
		const value = text(bytes)
		if (v % 9 !== 4 || value.includes('\0') || value.length > 10000) return
		contexts.forEach((context, c) => fs.writeFileSync(`${dir}/o${c}.js`, context[2]))
		const args = [path.resolve(tool), '-x', `${dir}/example`, '-e', '', '--disposable', '-p', `${dir}/o*.js`]
		spawnSync(process.execPath, args, { env: { FIRST: 'ok', V: value } })
		contexts.forEach((context, c) => {
			const out = fs.readFileSync(`${dir}/o${c}.js`, 'utf8')
			if (out !== original(context[2], value)) complain(c, v, 'the original writes something else', out)
		})
	})
}

function judge(dir, seed) {
	const { contexts, values } = cases(seed)
	let failed = 0
	let same = 0
	const complain = (c, v, what, out) => {
		if (failed++ < 20) console.error(`${contexts[c][0]} ${c}, ${JSON.stringify(text(values[v])).slice(0, 60)}: ${what}: ${out.slice(0, 300)}`)
	}
	contexts.forEach((context, c) => {
		const from = source(context)
		values.forEach((bytes, v) => {
			const value = text(bytes)
			const written = fs.readFileSync(`${dir}/c${c}v${v}.out`)
			const out = written.toString('utf8')
			const theirs = original(from.toString('utf8'), value)
			const right = load(context[1], theirs) === value
			same += right
			if (load(context[1], out) !== value) complain(c, v, 'does not load', out)
			if (right && out !== theirs) complain(c, v, 'differs from the original, which loads', out)
			if (!isTouchedOnlyThere(from, written)) complain(c, v, 'is changed elsewhere', out)
		})
	})
	compareWithOriginal(dir, { contexts, values }, complain)
	console.error(`seed ${seed}: ${contexts.length * values.length} pairs, ${same} as the original, ${failed} wrong`)
	return failed === 0 ? 0 : 1
}

if (require.main === module) {
	const [, , verb, dir, seed] = process.argv
	process.exitCode = verb === 'make' ? make(dir, Number(seed)) : judge(dir, Number(seed))
}
module.exports = { contexts, values, original, load, text }
