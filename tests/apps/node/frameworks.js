'use strict';

// frameworks.js NAME PORT [FOLDER]: the smallest server of each kind, on
// 127.0.0.1.  Each answers with the pid of the process that answers.  FOLDER
// has key.pem and cert.pem, for https.  The packages come from NODE_PATH.

const [name, port, folder] = process.argv.slice(2);
const host = '127.0.0.1';
const answer = `${process.pid} -\n`;
const handler = (request, response) => response.end(answer);

const servers = {
  http: () => require('node:http').createServer(handler).listen(port, host),

  https: () => {
    const { readFileSync } = require('node:fs');
    require('node:https')
      .createServer(
        {
          key: readFileSync(`${folder}/key.pem`),
          cert: readFileSync(`${folder}/cert.pem`),
        },
        handler,
      )
      .listen(port, host);
  },

  net: () =>
    require('node:net')
      .createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.end(answer));
      })
      .listen(port, host),

  cluster: () => {
    const cluster = require('node:cluster');
    if (cluster.isPrimary) {
      cluster.fork();
      cluster.fork();
    } else {
      servers.http();
    }
  },

  express: () => {
    const app = require('express')();
    app.get('/', handler);
    app.listen(Number(port), host);
  },

  fastify: () => {
    const app = require('fastify')();
    app.get('/', async () => answer);
    app.listen({ port: Number(port), host });
  },

  hono: () => {
    const { Hono } = require('hono');
    const app = new Hono();
    app.get('/', (context) => context.text(answer));
    require('@hono/node-server').serve({
      fetch: app.fetch,
      port: Number(port),
      hostname: host,
    });
  },

  // decorators are functions: what TypeScript would write around the class
  nest: async () => {
    require('reflect-metadata');
    const { Controller, Get, Module } = require('@nestjs/common');
    const { NestFactory } = require('@nestjs/core');
    class Root {
      answer() {
        return answer;
      }
    }
    const of = (name) => Object.getOwnPropertyDescriptor(Root.prototype, name);
    Get()(Root.prototype, 'answer', of('answer'));
    Controller()(Root);
    class App {}
    Module({ controllers: [Root] })(App);
    const app = await NestFactory.create(App, { logger: false });
    await app.listen(Number(port), host);
  },
};

servers[name]();
