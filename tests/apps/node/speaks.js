// speaks.js HOW [PORT]: becomes ready, or fails to live, in one of Node's ways.
'use strict';
const fs = require('node:fs');
const http = require('node:http');

const [how, port] = process.argv.slice(2);
let status = 200;
const server = http.createServer((request, response) => {
  response.statusCode = status;
  response.end('ok');
});
const forever = () => setInterval(() => {}, 1000);
process.on('SIGTERM', () => {
  console.log('told by signal');
  process.exit(0);
});

const ways = {
  ipc() {
    forever();
    process.send('x'.repeat(300000));
    setTimeout(() => process.send('ready'), 300);
  },
  message() {
    process.on('message', (text) => {
      console.log(`told by message: ${text}`);
      process.exit(0);
    });
    process.send('ready');
  },
  ends() {
    process.send('ready', () => console.log(`channel ${process.channel !== undefined}`));
  },
  fd() {
    forever();
    setTimeout(() => fs.writeSync(5, 'up\n'), 300);
  },
  listen() {
    setTimeout(() => server.listen(Number(port), '127.0.0.1'), 300);
  },
  hangs() {
    server.listen(Number(port), '127.0.0.1', () => {
      console.log('listens');
      setTimeout(() => { for (;;); }, 1500);
    });
  },
  ails() {
    server.listen(Number(port), '127.0.0.1', () => {
      console.log('listens');
      setTimeout(() => { status = 500; }, 1500);
    });
  },
  well() {
    server.listen(Number(port), '127.0.0.1', () => console.log('listens'));
  },
};
console.log(`life ${process.pid}`);
ways[how]();
