'use strict';

// What the narrator asks, one question a run; every wait has a deadline.
//   ask.js ready HEALTH        wait until somebody answers, and until it is 200
//   ask.js show URL            status and body
//   ask.js crash API HEALTH    crash the API, wait for its next life

const DEADLINE_MS = 8000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function get(url) {
  try {
    const reply = await fetch(url, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(2000),
    });
    return { status: reply.status, body: await reply.text() };
  } catch {
    return { status: 0, body: '' };
  }
}

async function until(url, accept) {
  const end = Date.now() + DEADLINE_MS;
  while (Date.now() < end) {
    const reply = await get(url);
    if (accept(reply)) return reply;
    await pause(2);
  }
  throw new Error(`${url} did not answer as it should within ${DEADLINE_MS} ms`);
}

const who = (reply) => (reply.status === 200 ? JSON.parse(reply.body).pid : 0);

// Restarts of the service as cradle has timed them: death to the next exec.
async function lastRestart(health) {
  const { body } = await get(`${health}/metrics`);
  const sum = /^cradle_service_restart_seconds_sum\{[^}]*\} (\S+)$/m.exec(body);
  return sum === null ? '?' : (Number(sum[1]) * 1000).toFixed(2);
}

const questions = {
  async ready(health) {
    await get(`${health}/readyz`);
    console.log('/readyz: nobody is there yet');
    const first = await until(`${health}/readyz`, (r) => r.status !== 0);
    const began = performance.now();
    await until(`${health}/readyz`, (r) => r.status === 200);
    const took = Math.round(performance.now() - began);
    console.log(`/readyz: ${first.status}, and ${took} ms later 200`);
  },

  async show(url) {
    const { status, body } = await get(url);
    console.log(`${status} ${body.trim()}`);
  },

  async crash(api, health) {
    const before = who(await get(`${api}/who`));
    await get(`${api}/crash`);
    const died = performance.now();
    const reply = await until(`${api}/who`, (r) => ![0, before].includes(who(r)));
    const away = Math.round(performance.now() - died);
    console.log(`node ${before} died of an uncaught exception`);
    console.log(`node ${who(reply)} answers ${away} ms later; cradle took ` +
      `${await lastRestart(health)} ms of that, node's own boot the rest`);
    await until(`${health}/readyz`, (r) => r.status === 200);
    console.log('/readyz: 200 again');
  },
};

const [question, ...words] = process.argv.slice(2);
questions[question](...words).catch((error) => {
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
});
