/*
 * A plain server, as people write them: each answer is its PID.  A TERM or
 * INT lets it finish what it has accepted.
 */
'use strict';

const server = require('http').createServer((request, response) => {
	response.end(`${process.pid}\n`);
});

server.listen(Number(process.env.PORT), '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT'])
	process.on(signal, () => server.close(() => process.exit(0)));
