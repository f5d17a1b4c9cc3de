'use strict';

// A small HTTP API for the system tests.  No dependency.
//   PORT        where it listens, on 127.0.0.1 (0: any)
//   BOOT_MS     how long it takes before it listens
//   EXIT_CODE   what it ends with at SIGTERM, after it has drained
//   /health     200
//   /env?NAME   the variable's value, 404 when it has none
//   /crash      an uncaught exception
//   /slow?MS    answers after that long
//   /log?TEXT   writes the text to stderr
//   /leak?NAME,NAME  writes the variables' values to stderr, in all the ways in
//               which programs do, and dies

const http = require('node:http');

const routes = {
  '/health': (query, response) => response.end('ok\n'),
  '/env': (query, response) => {
    const value = process.env[query];
    response.statusCode = value === undefined ? 404 : 200;
    response.end(value ?? '');
  },
  '/crash': (query, response) => {
    response.end('crashing\n');
    setImmediate(() => {
      throw new TypeError('the sample crash');
    });
  },
  '/slow': (query, response) => {
    console.log('slow begins');
    setTimeout(() => response.end('slow\n'), Number(query));
  },
  '/log': (query, response) => {
    process.stderr.write(decodeURIComponent(query) + '\n');
    response.end('logged\n');
  },
};

const forms = (value) => [
  value,
  encodeURIComponent(value),
  JSON.stringify({ value }),
  Buffer.from(value).toString('base64'),
  Buffer.from(`user:${value}`).toString('base64'),
  Buffer.from(`{"password":"${value}"}`).toString('base64'),
];

routes['/leak'] = (query, response) => {
  const lines = query.split(',').flatMap((name) => forms(process.env[name]));
  response.end('leaking\n');
  process.stderr.write(lines.join('\n') + '\n', () => {
    process.kill(process.pid, 'SIGKILL');
  });
};

const server = http.createServer((request, response) => {
  const [path, query = ''] = request.url.split('?');
  const route = routes[path];
  if (route === undefined) {
    response.statusCode = 404;
    response.end('no such path\n');
    return;
  }
  route(query, response);
});

process.on('SIGTERM', () => {
  console.log('draining');
  server.close(() => {
    console.log('drained');
    process.exit(Number(process.env.EXIT_CODE ?? 0));
  });
  server.closeIdleConnections();
});

setTimeout(() => {
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    console.log(`listening ${server.address().port} pid ${process.pid}`);
  });
}, Number(process.env.BOOT_MS ?? 0));
