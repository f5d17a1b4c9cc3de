// A small API without dependencies: what a service must do to be stopped well.
'use strict';
const http = require('node:http');

let draining = false;

function answer(res, status, body) {
  const text = JSON.stringify(body) + '\n';
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    // a kept connection would hold up the stop
    ...(draining && { connection: 'close' }),
  });
  res.end(text);
}

const server = http.createServer((req, res) => {
  const { pathname } = new URL(req.url, 'http://localhost');
  if (pathname === '/health')
    answer(res, draining ? 503 : 200, { status: draining ? 'draining' : 'ok', pid: process.pid });
  else if (pathname === '/')
    // longer than any request of an orderly client: the drain has work to do
    setTimeout(() => answer(res, 200, { hello: process.env.GREETING || 'world' }), 50);
  else
    answer(res, 404, { error: 'not found' });
});

server.listen(Number(process.env.PORT) || 3000, () => {
  console.log(`listening on ${server.address().port}`);
});

// Take no new connections, finish what runs, and leave when the last is done.
process.on('SIGTERM', () => {
  draining = true;
  server.close(() => console.log('drained'));
  server.closeIdleConnections?.();
});
