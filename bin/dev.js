#!/usr/bin/env -S node --import tsx
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config, flush, handle, run, settings } from '@oclif/core';

// Runs a command straight from src, without a build: the longest run of leading words that names a file there.
settings.enableAutoTranspile = false;
const args = process.argv.slice(2);
const commandFile = (words) => new URL(`../src/commands/${words.join('/')}.ts`, import.meta.url);
const count = [2, 1].find(
  (length) => args.length >= length && /^[a-z]/.test(args[length - 1]) && existsSync(commandFile(args.slice(0, length))),
);
try {
  const config = await Config.load({ root: fileURLToPath(new URL('..', import.meta.url)), ignoreManifest: true });
  // What package.json names of dist is run from src too.
  const source = (file) => file.replace('./dist/', './src/').replace(/\.js$/, '.ts');
  config.pjson.oclif.helpClass = source(config.pjson.oclif.helpClass);
  for (const hook of Object.values(config.plugins.get(config.name).hooks).flat()) hook.target = source(hook.target);
  if (count === undefined || args.includes('--help') || args.includes('-h')) await run(args, config);
  else {
    const { default: command } = await import(commandFile(args.slice(0, count)).href);
    command.id = args.slice(0, count).join(':');
    await command.run(args.slice(count), config);
  }
  await flush();
} catch (error) {
  await handle(error);
}
