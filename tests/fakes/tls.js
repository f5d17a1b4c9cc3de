'use strict';
// The test CA and its server certificates: made when they are not there yet.

const fs = require('fs');
const path = require('path');
const { execFileSync } = require('child_process');

// What https.createServer takes. which: good, wrong (name) or stranger (CA).
exports.options = (dir, which = 'good') => {
	execFileSync(path.join(__dirname, 'make-ca.sh'), [dir],
	    { stdio: ['ignore', 'ignore', 'inherit'] });
	return {
		cert: fs.readFileSync(path.join(dir, `${which}.pem`)),
		key: fs.readFileSync(path.join(dir, `${which}.key`)),
	};
};
