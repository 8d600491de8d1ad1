import { Flags, Parser } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { commandContract, exampleLines, flagsOf, loadCommands } from './contract.ts';
import { root } from './source.ts';

const commands = await loadCommands(root);

describe('the command line', () => {
  it('keeps its commands, arguments, flags and aliases', async () => {
    await expect(`${JSON.stringify(await commandContract(root), null, 2)}\n`).toMatchFileSnapshot('cli-contract.json');
  });

  it.each(commands.map((command) => [command.id, command] as const))(
    '%s explains itself: a summary, a description, two examples, every flag',
    (_, command) => {
      expect(command.summary).toBeTruthy();
      expect(command.description).toBeTruthy();
      expect(command.examples?.length ?? 0).toBeGreaterThanOrEqual(2);
      const silent = Object.entries(flagsOf(command)).filter(([, flag]) => !flag.summary && !flag.description);
      expect(silent.map(([name]) => name)).toEqual([]);
    },
  );

  it.each(commands.flatMap((command) => exampleLines(command).map((line) => [line, command] as const)))(
    'can run: %s',
    async (line, command) => {
      const words = line.split(' | ')[0]?.match(/'[^']*'|\S+/g) ?? [];
      expect(words.splice(0, 1 + command.id.split(' ').length)).toEqual(['k8s-labeler', ...command.id.split(' ')]);
      const { args, strict, enableJsonFlag } = command;
      const flags = { ...flagsOf(command), ...(enableJsonFlag ? { json: Flags.boolean() } : {}) };
      await expect(Parser.parse(words, { args, flags: flags as never, strict })).resolves.toBeTruthy();
    },
  );

  it('has descriptions that a terminal wraps, not the source', () => {
    const broken = commands.filter(({ description }) => /[^\n]\n[^\n]/.test(description ?? ''));
    expect(broken.map((command) => command.id)).toEqual([]);
  });

  it('answers with JSON in every command', () => {
    expect(commands.filter((command) => !command.enableJsonFlag).map((command) => command.id)).toEqual([]);
  });
});
