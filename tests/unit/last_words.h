#ifndef TESTS_UNIT_LAST_WORDS_H
#define TESTS_UNIT_LAST_WORDS_H

/*
 * What real programs wrote to stderr when they died: node 20, Python 3, rustc,
 * Java 17, g++ and glibc, with /app in the place of the folder they ran in and
 * some of the runtime's own frames left out.  go and ruby follow their manuals.
 */

/* clang-format off */
static const char words_uncaught[] =
	"/app/uncaught.js:1\n"
	"function find(user) { return user.profile.id; }\n"
	"                                          ^\n"
	"\n"
	"TypeError: Cannot read properties of undefined (reading 'id')"
	"\n"
	"    at find (/app/uncaught.js:1:43)\n"
	"    at Timeout.handle [as _onTimeout] (/app/uncaught.js:2:28)"
	"\n"
	"    at listOnTimeout (node:internal/timers:581:17)\n"
	"    at process.processTimers (node:internal/timers:519:7)\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_rejected[] =
	"/app/rej.js:1\n"
	"async function load() { throw new Error('database is gone'); }"
	"\n"
	"                              ^\n"
	"\n"
	"Error: database is gone\n"
	"    at load (/app/rej.js:1:31)\n"
	"    at Object.<anonymous> (/app/rej.js:2:1)\n"
	"    at node:internal/main/run_main_module:28:49\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_rejected_value[] =
	"node:internal/process/promises:389\n"
	"      new UnhandledPromiseRejection(reason);\n"
	"      ^\n"
	"\n"
	"UnhandledPromiseRejection: This error originated either by thr"
	"owing inside of an async function without a catch block, or by"
	" rejecting a promise which was not handled with .catch(). The "
	"promise rejected with the reason \"plain text\".\n"
	"    at throwUnhandledRejectionsMode (node:internal/process/pro"
	"mises:389:7)\n"
	"    at processPromiseRejections (node:internal/process/promise"
	"s:470:17)\n"
	"    at process.processTicksAndRejections (node:internal/proces"
	"s/task_queues:96:32) {\n"
	"  code: 'ERR_UNHANDLED_REJECTION'\n"
	"}\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_missing_cjs[] =
	"node:internal/modules/cjs/loader:1210\n"
	"  throw err;\n"
	"  ^\n"
	"\n"
	"Error: Cannot find module 'express'\n"
	"Require stack:\n"
	"- /app/mod.js\n"
	"    at Module.require (node:internal/modules/cjs/loader:1289:1"
	"9)\n"
	"    at require (node:internal/modules/helpers:182:18)\n"
	"    at Object.<anonymous> (/app/mod.js:1:1)\n"
	"    at Function.executeUserEntryPoint [as runMain] (node:inter"
	"nal/modules/run_main:164:12) {\n"
	"  code: 'MODULE_NOT_FOUND',\n"
	"  requireStack: [ '/app/mod.js' ]\n"
	"}\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_missing_esm[] =
	"node:internal/modules/esm/resolve:873\n"
	"  throw new ERR_MODULE_NOT_FOUND(packageName, fileURLToPath(ba"
	"se), null);\n"
	"        ^\n"
	"\n"
	"Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'express' im"
	"ported from /app/mod.mjs\n"
	"    at packageResolve (node:internal/modules/esm/resolve:873:9"
	")\n"
	"    at moduleResolve (node:internal/modules/esm/resolve:946:18"
	")\n"
	"    at defaultResolve (node:internal/modules/esm/resolve:1188:"
	"11)\n"
	"    at ModuleLoader.defaultResolve (node:internal/modules/esm/"
	"loader:708:12)\n"
	"    at #cachedDefaultResolve (node:internal/modules/esm/loader"
	":657:25)\n"
	"    at ModuleJob._link (node:internal/modules/esm/module_job:1"
	"68:49) {\n"
	"  code: 'ERR_MODULE_NOT_FOUND'\n"
	"}\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_missing_file[] =
	"node:internal/modules/esm/resolve:283\n"
	"    throw new ERR_MODULE_NOT_FOUND(\n"
	"          ^\n"
	"\n"
	"Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/gone.js"
	"' imported from /app/modfile.mjs\n"
	"    at finalizeResolution (node:internal/modules/esm/resolve:2"
	"83:11)\n"
	"    at moduleResolve (node:internal/modules/esm/resolve:952:10"
	")\n"
	"    at defaultResolve (node:internal/modules/esm/resolve:1188:"
	"11)\n"
	"    at ModuleLoader.defaultResolve (node:internal/modules/esm/"
	"loader:708:12)\n"
	"    at #cachedDefaultResolve (node:internal/modules/esm/loader"
	":657:25)\n"
	"    at ModuleJob._link (node:internal/modules/esm/module_job:1"
	"68:49) {\n"
	"  code: 'ERR_MODULE_NOT_FOUND',\n"
	"  url: 'file:///app/gone.js'\n"
	"}\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_port_taken[] =
	"node:events:502\n"
	"      throw er; // Unhandled 'error' event\n"
	"      ^\n"
	"\n"
	"Error: listen EADDRINUSE: address already in use 127.0.0.1:345"
	"67\n"
	"    at Server.setupListenHandle [as _listen2] (node:net:1908:1"
	"6)\n"
	"    at listenInCluster (node:net:1965:12)\n"
	"    at doListen (node:net:2139:7)\n"
	"    at process.processTicksAndRejections (node:internal/proces"
	"s/task_queues:83:21)\n"
	"Emitted 'error' event on Server instance at:\n"
	"    at emitErrorNT (node:net:1944:8)\n"
	"    at process.processTicksAndRejections (node:internal/proces"
	"s/task_queues:82:21) {\n"
	"  code: 'EADDRINUSE',\n"
	"  errno: -98,\n"
	"  syscall: 'listen',\n"
	"  address: '127.0.0.1',\n"
	"  port: 34567\n"
	"}\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_thrown_string[] =
	"\n"
	"/app/throwstr.js:1\n"
	"throw \"just a string\";\n"
	"^\n"
	"just a string\n"
	"(Use `node --trace-uncaught ...` to show where the exception w"
	"as thrown)\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_with_cause[] =
	"/app/errcause.js:1\n"
	"try { JSON.parse('{') } catch (e) { throw new Error('cannot re"
	"ad config', { cause: e }); }\n"
	"                                    ^\n"
	"\n"
	"Error: cannot read config\n"
	"    at Object.<anonymous> (/app/errcause.js:1:43)\n"
	"    at Module._compile (node:internal/modules/cjs/loader:1521:"
	"14)\n"
	"    ... 4 lines matching cause stack trace ...\n"
	"    at node:internal/main/run_main_module:28:49 {\n"
	"  [cause]: SyntaxError: Expected property name or '}' in JSON "
	"at position 1\n"
	"      at JSON.parse (<anonymous>)\n"
	"      at Object.<anonymous> (/app/errcause.js:1:12)\n"
	"      at node:internal/main/run_main_module:28:49\n"
	"}\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_bad_addon[] =
	"node:internal/modules/cjs/loader:1661\n"
	"  return process.dlopen(module, path.toNamespacedPath(filename"
	"));\n"
	"                 ^\n"
	"\n"
	"Error: /app/bad.node: file too short\n"
	"    at Module.require (node:internal/modules/cjs/loader:1289:1"
	"9)\n"
	"    at require (node:internal/modules/helpers:182:18)\n"
	"    at Object.<anonymous> (/app/dl.js:2:1)\n"
	"    at Module._load (node:internal/modules/cjs/loader:1091:12)"
	" {\n"
	"  code: 'ERR_DLOPEN_FAILED'\n"
	"}\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_two_lines[] =
	"file:///app/custom.mjs:2\n"
	"function go(){ throw new DbError('two\\nlines'); }\n"
	"                     ^\n"
	"\n"
	"DbError: two\n"
	"lines\n"
	"    at go (file:///app/custom.mjs:2:22)\n"
	"    at file:///app/custom.mjs:3:1\n"
	"    at async asyncRunEntryPointWithESMLoader (node:internal/mo"
	"dules/run_main:117:5) {\n"
	"  code: 'E_DB',\n"
	"  meta: { a: 1 }\n"
	"}\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_syntax[] =
	"/app/syntax.js:1\n"
	"let x = ;\n"
	"        ^\n"
	"\n"
	"SyntaxError: Unexpected token ';'\n"
	"    at wrapSafe (node:internal/modules/cjs/loader:1464:18)\n"
	"    at node:internal/main/run_main_module:28:49\n"
	"\n"
	"Node.js v20.20.2\n";

static const char words_heap_limit[] =
	"\n"
	"<--- Last few GCs --->\n"
	"\n"
	"[30230:0x2771dca0]       25 ms: Scavenge 6.1 (8.4) -> 6.1 (9.2"
	") MB, 2.04 / 0.00 ms  (average mu = 1.000, current mu = 1.000)"
	" allocation failure; \n"
	"[30230:0x2771dca0]       28 ms: Scavenge 6.9 (9.6) -> 6.7 (14."
	"6) MB, 2.77 / 0.00 ms  (average mu = 1.000, current mu = 1.000"
	") allocation failure; \n"
	"[30230:0x2771dca0]       43 ms: Mark-Compact 11.6 (16.0) -> 8."
	"2 (18.4) MB, 11.94 / 0.00 ms  (average mu = 1.000, current mu "
	"= 1.000) allocation failure; scavenge might not succeed\n"
	"\n"
	"\n"
	"<--- JS stacktrace --->\n"
	"\n"
	"FATAL ERROR: Reached heap limit Allocation failed - JavaScript"
	" heap out of memory\n"
	"----- Native stack trace -----\n"
	"\n"
	" 1: 0xb78db3 node::OOMErrorHandler(char const*, v8::OOMDetails"
	" const&) [node]\n"
	" 2: 0xee8300 v8::Utils::ReportOOMFailure(v8::internal::Isolate"
	"*, char const*, v8::OOMDetails const&) [node]\n"
	" 3: 0xee85e7 v8::internal::V8::FatalProcessOutOfMemory(v8::int"
	"ernal::Isolate*, char const*, v8::OOMDetails const&) [node]\n"
	" 4: 0x10fb205  [node]\n"
	" 5: 0x1113088 v8::internal::Heap::CollectGarbage(v8::internal:"
	":AllocationSpace, v8::internal::GarbageCollectionReason, v8::G"
	"CCallbackFlags) [node]\n"
	" 6: 0x10e91f1 v8::internal::HeapAllocator::AllocateRawWithLigh"
	"tRetrySlowPath(int, v8::internal::AllocationType, v8::internal"
	"::AllocationOrigin, v8::internal::AllocationAlignment) [node]"
	"\n"
	" 7: 0x10ea385 v8::internal::HeapAllocator::AllocateRawWithRetr"
	"yOrFailSlowPath(int, v8::internal::AllocationType, v8::interna"
	"l::AllocationOrigin, v8::internal::AllocationAlignment) [node]"
	"\n"
	" 8: 0x10c78d6 v8::internal::Factory::NewFillerObject(int, v8::"
	"internal::AllocationAlignment, v8::internal::AllocationType, v"
	"8::internal::AllocationOrigin) [node]\n"
	" 9: 0x15247d6 v8::internal::Runtime_AllocateInYoungGeneration("
	"int, unsigned long*, v8::internal::Isolate*) [node]\n"
	"10: 0x195e476  [node]\n";

static const char words_rust[] =
	"\n"
	"thread 'main' (30257) panicked at p.rs:1:80:\n"
	"index out of bounds: the len is 0 but the index is 3\n"
	"stack backtrace:\n"
	"   0: __rustc::rust_begin_unwind\n"
	"             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a386"
	"0/library/std/src/panicking.rs:689:5\n"
	"   1: core::panicking::panic_fmt\n"
	"             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a386"
	"0/library/core/src/panicking.rs:80:14\n"
	"   2: core::panicking::panic_bounds_check\n"
	"             at /rustc/59807616e1fa2540724bfbac14d7976d7e4a386"
	"0/library/core/src/panicking.rs:271:5\n"
	"   3: <usize as core::slice::index::SliceIndex<[T]>>::index\n"
	"   4: <alloc::vec::Vec<T,A> as core::ops::index::Index<I>>::in"
	"dex\n"
	"   5: p::main\n"
	"   6: core::ops::function::FnOnce::call_once\n"
	"note: Some details are omitted, run with `RUST_BACKTRACE=full`"
	" for a verbose backtrace.\n";

static const char words_java[] =
	"Exception in thread \"main\" java.lang.IllegalStateException: "
	"no pool\n"
	"\tat M.f(M.java:1)\n"
	"\tat M.main(M.java:1)\n"
	"Caused by: java.lang.RuntimeException: refused\n"
	"\tat M.f(M.java:1)\n"
	"\tat M.main(M.java:1)\n"
	"\tat java.base/jdk.internal.reflect.NativeMethodAccessorImpl.i"
	"nvoke0(Native Method)\n"
	"\tat java.base/jdk.internal.reflect.NativeMethodAccessorImpl.i"
	"nvoke(NativeMethodAccessorImpl.java:77)\n"
	"\tat java.base/jdk.internal.reflect.DelegatingMethodAccessorIm"
	"pl.invoke(DelegatingMethodAccessorImpl.java:43)\n"
	"\tat java.base/java.lang.reflect.Method.invoke(Method.java:569"
	")\n"
	"\tat jdk.compiler/com.sun.tools.javac.launcher.Main.execute(Ma"
	"in.java:419)\n"
	"\tat jdk.compiler/com.sun.tools.javac.launcher.Main.run(Main.j"
	"ava:192)\n"
	"\tat jdk.compiler/com.sun.tools.javac.launcher.Main.main(Main."
	"java:132)\n";

static const char words_cpp[] =
	"terminate called after throwing an instance of 'std::runtime_e"
	"rror'\n"
	"  what():  bad thing\n";

static const char words_assertion[] =
	"ass: ass.c:2: main: Assertion `c==7' failed.\n";

static const char words_library[] =
	"./u: error while loading shared libraries: libx.so: cannot ope"
	"n shared object file: No such file or directory\n";

static const char words_python_module[] =
	"Traceback (most recent call last):\n"
	"  File \"<string>\", line 1, in <module>\n"
	"ModuleNotFoundError: No module named 'nosuchmod'\n";

static const char words_go[] =
	"panic: runtime error: index out of range [3] with length 0\n"
	"\n"
	"goroutine 1 [running]:\n"
	"main.pick(...)\n"
	"\t/app/main.go:9\n"
	"main.main()\n"
	"\t/app/main.go:14 +0x1d\n"
	"exit status 2\n";

static const char words_ruby[] =
	"/app/x.rb:3:in `pool': no pool left (RuntimeError)\n"
	"\tfrom /app/x.rb:7:in `<main>'\n";

static const char words_python_port[] =
	"Traceback (most recent call last):\n"
	"  File \"/app/serve.py\", line 12, in <module>\n"
	"    server.bind(('0.0.0.0', 8000))\n"
	"OSError: [Errno 98] Address already in use\n";

static const char words_nginx_port[] =
	"2026/02/03 10:14:05 [emerg] 7#7: bind() to 0.0.0.0:8080 failed "
	"(98: Address already in use)\n"
	"nginx: [emerg] bind() to 0.0.0.0:8080 failed "
	"(98: Address already in use)\n";

static const char words_go_port[] =
	"2026/02/03 10:14:05 listen tcp :8081: bind: address already in "
	"use\n";

static const char words_musl_library[] =
	"Error loading shared library libstdc++.so.6: No such file or "
	"directory (needed by /app/node)\n";

static const char words_await[] =
	"Warning: Detected unsettled top-level await at "
	"file:///app/tla.mjs:2\nawait never;\n^\n\n\n";

/* An error that was caught and logged; what came of it is another matter. */
static const char words_logged[] =
	"Error: cannot reach the queue, trying again\n"
	"    at connect (/app/queue.js:31:11)\n"
	"    at node:internal/timers:581:17\n"
	"shutting down\n";
/* clang-format on */

#endif
