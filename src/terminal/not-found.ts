import { type Hook, type Interfaces, loadHelpClass } from '@oclif/core';
import { exitCodes } from '../core/errors.ts';
import { stringifyJson } from '../core/model/json.ts';
import { nearest } from '../core/model/nearest.ts';
import { errorText, type Told } from './errors.ts';

/** Hook of oclif for a command that does not exist: `help COMMAND` is its help; anything else is an error that names what was meant. */
const notFound: Hook.CommandNotFound = async ({ id, config, argv = [] }) => {
  if (id === 'help' || id.startsWith('help:')) {
    const Help = await loadHelpClass(config);
    return new Help(config, config.pjson.oclif.helpOptions).showHelp(id.split(':'));
  }
  tell(unknownCommand(id, config), argv.includes('--json'));
};

export default notFound;

/** Prints what `unknownCommand` says, as text on stderr or as JSON on stdout, and sets exit code 2. */
export function tell(told: Told, json: boolean): void {
  if (json) process.stdout.write(`${stringifyJson({ error: told }, 2)}\n`);
  else process.stderr.write(`${errorText(told)}\n`);
  process.exitCode = exitCodes.usage;
}

/** What is told of a command id that does not exist, with the commands that were probably meant. */
export function unknownCommand(id: string, config: Pick<Interfaces.Config, 'bin' | 'commands' | 'findTopic'>): Told {
  const typed = id.replaceAll(':', ' ');
  const visible = config.commands.filter(({ hidden }) => !hidden).map((command) => command.id.replaceAll(':', ' '));
  const [topic = ''] = typed.split(' ');
  return {
    code: 'COMMAND_NOT_FOUND',
    message: typed.startsWith('-') ? `${typed} is a flag of no command: name a command first` : `there is no command ${typed}`,
    suggestions: [
      ...meantCommands(typed, visible).map((command) => `did you mean ${config.bin} ${command}?`),
      `all of them: ${config.bin} ${config.findTopic(topic) === undefined ? '' : `${topic} `}--help`,
    ],
  };
}

/** The command nearest by spelling, else those that have the last word in their name (`list`: `incident list`, `rules list`). */
function meantCommands(typed: string, commands: readonly string[]): string[] {
  const near = nearest(typed, commands);
  if (near !== undefined) return [near];
  const last = typed.split(' ').at(-1) ?? '';
  return commands.filter((command) => command.split(' ').slice(1).includes(last)).sort();
}
