'use strict'
// Judges what is written in place of import-meta-env's placeholder, for
// tests/unit/test_serialize.c:
//
//	make DIR	context files c0.src, c1.src... and values v0.val, v1.val...
//	judge DIR	c0v0.out and so on: each must load back to its value, and
//			be what the original tool writes wherever that loads
//
// A context says how a browser or a bundle gets to the value.

const fs = require('fs')
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

// The value as the page would see it, or undefined.
function load(kind, source) {
	const box = vm.createContext({ alert() { throw new Error('injected') } })
	const steps = kind.split(' ')
	try {
		if (steps[0] === 'js') vm.runInContext(source, box, { timeout: 2000 })
		const page = steps[0] === 'json' ? JSON.parse(source).page : steps[0] === 'html' ? source : box.page
		if (steps.includes('html')) for (const code of scripts(page)) vm.runInContext(code, box, { timeout: 2000 })
		const env = box.import_meta_env
		return env && env.FIRST === 'ok' && Object.keys(env).length === 2 ? env.V : undefined
	} catch {
		return undefined
	}
}

function make(dir) {
	contexts.forEach(([, , source], c) => fs.writeFileSync(`${dir}/c${c}.src`, source))
	values.forEach((value, v) => fs.writeFileSync(`${dir}/v${v}.val`, value))
}

function judge(dir) {
	let failed = 0
	let same = 0
	const complain = (c, v, what, out) => {
		if (failed++ < 20) console.error(`${contexts[c][0]}, ${JSON.stringify(text(values[v])).slice(0, 60)}: ${what}: ${out.slice(0, 300)}`)
	}
	contexts.forEach(([, kind, source], c) => {
		values.forEach((bytes, v) => {
			const value = text(bytes)
			const out = fs.readFileSync(`${dir}/c${c}v${v}.out`, 'utf8')
			const theirs = original(source, value)
			const right = load(kind, theirs) === value
			same += right
			if (load(kind, out) !== value) complain(c, v, 'does not load', out)
			if (right && out !== theirs) complain(c, v, 'differs from the original, which loads', out)
		})
	})
	console.error(`${contexts.length * values.length} pairs, ${same} as the original, ${failed} wrong`)
	return failed === 0 ? 0 : 1
}

if (require.main === module) {
	const [, , verb, dir] = process.argv
	process.exitCode = verb === 'make' ? make(dir) : judge(dir)
}
module.exports = { contexts, values, original, load, text }
