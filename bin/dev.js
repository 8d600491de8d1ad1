#!/usr/bin/env -S node --import tsx
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config, flush, handle, run, settings } from '@oclif/core';

// Commands straight from src: no build, no manifest. tsx is loaded by the line above; oclif must not look for a transpiler itself.
settings.enableAutoTranspile = false;
const root = fileURLToPath(new URL('..', import.meta.url));
const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
pjson.oclif.commands = './src/commands';
try {
  await run(process.argv.slice(2), await Config.load({ root, pjson, ignoreManifest: true }));
  await flush();
} catch (error) {
  await handle(error);
}
