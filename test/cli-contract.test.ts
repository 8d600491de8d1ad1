import { describe, expect, it } from 'vitest';
import { commandContract, flagsOf, loadCommands } from './contract.ts';
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

  it('answers with JSON in every command', () => {
    expect(commands.filter((command) => !command.enableJsonFlag).map((command) => command.id)).toEqual([]);
  });
});
