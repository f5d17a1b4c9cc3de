'use strict';

// burst.js LINES: as writes_burst_and_dies, and then an uncaught exception.

const lines = Number(process.argv[2]);
for (let i = 1; i <= lines; i++) {
  const number = String(i).padStart(6, '0');
  process.stdout.write(`line ${number} of a burst that is written faster ` +
    'than anybody reads it, padded to ninety\n');
}
process.stdout.write('the last words have no newline');
throw new TypeError('the sample crash');
