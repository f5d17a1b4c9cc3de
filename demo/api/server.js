'use strict';

// The sample API of `make demo`: it serves the single-page app, says who it is,
// crashes when it is asked to, and drains at SIGTERM.

const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const index = path.join(__dirname, '../web/dist/index.html');

// A secret is shown by its length and a fingerprint alone.
function describe(secret) {
  if (secret === undefined) return 'missing';
  const digest = crypto.createHash('sha256').update(secret).digest('hex');
  return `${secret.length} characters, sha256 ${digest.slice(0, 8)}...`;
}

const routes = {
  '/': (response) => response.end(fs.readFileSync(index)),
  '/health': (response) => response.end('ok\n'),
  '/who': (response) => response.end(JSON.stringify({
    pid: process.pid,
    SESSION_SECRET: describe(process.env.SESSION_SECRET),
    DATABASE_PASSWORD: describe(process.env.DATABASE_PASSWORD),
  })),
  '/crash': (response) => {
    response.end('as you wish\n');
    response.on('finish', () => {
      throw new TypeError("cannot read properties of the demo's customer");
    });
  },
};

const server = http.createServer((request, response) => {
  const route = routes[request.url];
  if (route !== undefined) return route(response);
  response.statusCode = 404;
  return response.end('not found\n');
});

process.on('SIGTERM', () => {
  console.log('api: draining');
  server.close(() => process.exit(0));
});

server.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(`api: listening, pid ${process.pid}`);
});
