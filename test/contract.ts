import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from '@oclif/core';

/** What users and scripts may rely on of one command. */
export type CommandContract = {
  id: string;
  aliases: string[];
  args: Record<string, { required: boolean; multiple: boolean; options: string[] | null; default: unknown }>;
  flags: Record<
    string,
    { type: string; char: string | null; required: boolean; multiple: boolean; options: string[] | null; default: unknown }
  >;
};

/** All command classes below src/commands, sorted by id. */
export async function loadCommands(root: string): Promise<Command.Class[]> {
  const folder = path.join(root, 'src', 'commands');
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const commands = files.map(async (file) => {
    const { default: command } = (await import(pathToFileURL(path.join(folder, file)).href)) as { default: Command.Class };
    command.id = file.replace(/\.ts$/, '').split(path.sep).join(' ');
    return command;
  });
  return (await Promise.all(commands)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The examples of a command's help as a user would type them, pipes included. */
export function exampleLines(command: Command.Class): string[] {
  const examples = (command.examples ?? []).map((example) => (typeof example === 'string' ? example : example.command));
  const filled = examples.map((text) => text.replaceAll('<%= config.bin %>', 'k8s-labeler').replaceAll('<%= command.id %>', command.id));
  return filled.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('k8s-labeler '));
}

/** All flags of a command but `--json`, which every command has. */
export function flagsOf(command: Command.Class): Command.Class['flags'] {
  return { ...command.baseFlags, ...command.flags };
}

/** The contract of the command line: commands, arguments, flags and aliases, without their wording. */
export async function commandContract(root: string): Promise<CommandContract[]> {
  return (await loadCommands(root)).map((command) => ({
    id: command.id,
    aliases: [...(command.aliases ?? [])].sort(),
    args: Object.fromEntries(
      Object.entries(command.args ?? {}).map(([name, arg]) => [name, { ...parameter(arg), multiple: arg.multiple ?? false }]),
    ),
    flags: Object.fromEntries(
      Object.entries(flagsOf(command))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, flag]) => [
          name,
          { type: flag.type, char: flag.char ?? null, ...parameter(flag), multiple: 'multiple' in flag && flag.multiple === true },
        ]),
    ),
  }));
}

type Parameter = { required?: boolean; default?: unknown; options?: readonly string[] };

function parameter(given: Parameter) {
  const fallback = typeof given.default === 'function' ? 'computed' : (given.default ?? null);
  return { required: given.required ?? false, options: given.options ? [...given.options] : null, default: fallback };
}
