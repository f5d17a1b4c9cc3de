// cradle as import-meta-env beside the original, on generated input:
//   node import-meta-env-beside.js CRADLE ORIGINAL FOLDER SEED
// ORIGINAL is the published program; the parts that can be are asked in this
// process, the whole is run for command lines.  Prints what differs; exit 1.
'use strict';
const child = require('child_process');
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const [cradle, original, folder, first] = process.argv.slice(2);
let seed = Number(first) || 1;
let differences = 0;

function pick(list) {
	seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
	return list[(seed >>> 8) % list.length];
}

const count = (n) => pick([...Array(n).keys()]);
const several = (list, most) =>
	[...Array(1 + count(most))].map(() => pick(list)).join('');

function differs(what, input, want, have) {
	if (differences++ < 10)
		console.log(`${what}: ${JSON.stringify(input)}\n` +
			`  original: ${JSON.stringify(want)}\n` +
			`  cradle:   ${JSON.stringify(have)}`);
}

// The original's functions, out of its bundle.
function loadOriginal() {
	const text = fs.readFileSync(original, 'utf8').replace(/^#!.*/, '')
		.replace(/if \(require\.main === module\) \{\n  main\([^]*$/,
			'module.exports = { globSync, parse: import_dotenv.parse };');
	const m = { exports: {} };
	new Function('module', 'exports', 'require', text)(
		m, m.exports, require);
	return m.exports;
}

const real = loadOriginal();
const word = 'import_meta_env_placeholder';
const call = `JSON.parse('"${word}"')`;
const assign = `globalThis.import_meta_env = ${call}`;

function ours(args, env) {
	return child.spawnSync(cradle, ['as', 'import-meta-env', ...args],
		{ env: { ...env, TMPDIR: folder }, encoding: 'utf8' });
}

function put(name, text) {
	fs.mkdirSync(path.dirname(name), { recursive: true });
	fs.writeFileSync(name, text);
}

function fresh(name) {
	const dir = path.join(folder, name);
	fs.rmSync(dir, { recursive: true, force: true });
	fs.mkdirSync(dir, { recursive: true });
	process.chdir(dir);
}

// ---- globs: which files are filled -----------------------------------------

function globs(n) {
	const files = ['a.js', 'b.js', 'ab.js', 'a1.js', 'a10.js', 'A.js',
		'.h.js', '.x/a.js', 'é.js', '😀.js', 'a b.js', '[id].js',
		'a-b.js', '!n.js', 'd/a.js', 'd/b.html', 'd/.x', 'd/e/a.js',
		'd/e/f/b.js', 'dd/a.js', 'o/p/q.js', 'e/1'];
	const parts = ['a', 'b', 'd', 'e', '1', '.js', '.js', '.', '..', '*',
		'*', '**', '**/', '?', '/', '/', '/', '[ab]', '[!a]', '[a-c]',
		'[', '[[:alpha:]]', '[[:digit:]]', '{a,b}', '{', '}', '{1..10}',
		'{,d}', '?(a)', '*(a|b)', '+(a|d)', '@(a|ab)', '!(a)', '!(*.js)',
		'(', '|', ')', '\\', '\\*', '!', 'é', '😀', './', 'd/', '*.js',
		'.*', 'l', '{d,e}/'];
	fresh('globs');
	files.forEach((f) => put(f, call));
	fs.symlinkSync('../o', 'd/l');
	fs.symlinkSync('d', 'l');
	put('../ex', '');
	for (let i = 0; i < n; i++) {
		const glob = several(parts, 5);
		if (glob.startsWith('/') || /[{,]\//.test(glob) ||
		    glob.startsWith('-') || /\.\..*\.\./.test(glob))
			continue;
		let want;
		try {
			want = real.globSync(glob).filter((f) =>
				fs.existsSync(f) && fs.lstatSync(f).isFile());
		} catch {
			continue; // it dies of its own regular expression
		}
		want = [...new Set(want.map((f) => fs.realpathSync(f)))].sort();
		if (want.some((f) => !f.startsWith(process.cwd() + '/')))
			continue;
		const r = ours(['-x', '../ex', '--disposable', '-p', glob], {});
		const have = files.filter((f) => fs.readFileSync(f, 'utf8') !== call)
			.map((f) => path.resolve(f)).sort();
		have.forEach((f) => fs.writeFileSync(f, call));
		if (String(want) !== String(have) ||
		    r.status !== (want.length ? 0 : 1))
			differs('glob', glob, want, [r.status, ...have]);
	}
}

// ---- dotenv files ----------------------------------------------------------

function read(code) {
	const page = vm.createContext({});
	try {
		vm.runInContext(code, page, { timeout: 1000 });
		return JSON.stringify(page.import_meta_env);
	} catch (e) {
		return String(e);
	}
}

function dotenvs(n) {
	const parts = ['A', 'B', 'K1', 'export ', '=', '=', ' = ', ': ', '"', '"',
		"'", "'", '`', '\\', '\\n', '\\"', '\n', '\n', '\r\n', ' ', '#',
		'val', '$', '\u2028', '\u00a0', 'é', '.', '-', '__proto__', '12'];
	fresh('dotenvs');
	for (let i = 0; i < n; i++) {
		const text = several(parts, 12);
		const want = real.parse(text);
		put('env', text);
		put('dist/a', call);
		const r = ours(['-x', 'env', '-e', 'env', '--disposable'], {});
		const have = fs.readFileSync('dist/a', 'utf8');
		const got = read(`import_meta_env = ${have}`);
		if (r.status !== 0 || got !== JSON.stringify(want))
			differs('dotenv', text, want, [r.status, got]);
	}
}

// ---- command lines ---------------------------------------------------------

function lay(name) {
	fresh(name);
	put('.ex', 'A=1\nB="x"\n');
	put('.env', 'B=file\n');
	put('dist/a.html', assign);
	put('dist/sub/c.js', `x${assign}`);
	put('dist/n.js', 'nothing');
}

function tree() {
	return fs.readdirSync('.', { recursive: true }).sort().map((f) =>
		fs.statSync(f).isFile() ? [f, fs.readFileSync(f, 'utf8')] : f);
}

// Without the way that an exception went.
function plain(text, name) {
	const thrown = text.match(/^(\w*Error: .*)\n    at /m);
	const before = text.replace(/(^|\n)[^\n]*(\.js|node:\S*):\d+\n[^]*$/, '$1');
	return (thrown ? `${before}${thrown[1]}\n` : text)
		.replaceAll(path.join(folder, name), 'HERE');
}

function lines(n) {
	const words = ['-x', '.ex', '-x.ex', '--example', '--example=.ex', '-e',
		'.env', '--env=', '-p', '-p', 'dist/a.html', 'dist/*',
		'-pdist/a.html', '--path=dist/*', '-o', 'dist/b.html',
		'--disposable', '--disposable=1', '-V', '-h', '--', '-', '--foo',
		'--exmaple', '--paths', '-xp', '-hx', '--é', 'missing/*'];
	for (let i = 0; i < n; i++) {
		const args = pick([[], ['-x', '.ex']]).slice();
		for (let k = count(6); k > 0; k--)
			args.push(pick(words));
		const env = pick([{ A: 'va' }, { A: 'va' }, {},
			{ A: 'va', FORCE_COLOR: '1' }]);
		lay('original');
		const a = child.spawnSync(process.execPath, [original, ...args],
			{ env: { PATH: process.env.PATH, ...env },
				encoding: 'utf8' });
		const want = [a.status, a.stdout, plain(a.stderr, 'original'),
			tree()];
		lay('cradle');
		const b = ours(args, env);
		const have = [b.status, b.stdout, plain(b.stderr, 'cradle'), tree()];
		if (JSON.stringify(want) !== JSON.stringify(have))
			differs('command line', [args, env], want, have);
	}
}

globs(120);
dotenvs(60);
lines(12);
console.log(`${differences} differences`);
process.exit(differences ? 1 : 0);
