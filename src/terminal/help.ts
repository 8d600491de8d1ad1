import { Help, toStandardizedId } from '@oclif/core';
import { tell, unknownCommand } from './not-found.ts';

/** The help of oclif; the page without a command also says where to begin, and a command that does not exist is told as one. */
export default class CommandHelp extends Help {
  override async showHelp(argv: string[]): Promise<void> {
    const words = argv.filter((word) => !word.startsWith('-')).slice(argv[0] === 'help' ? 1 : 0);
    const subject = this.subjectOf(words);
    if (subject === undefined) tell(unknownCommand(words.join(':'), this.config), argv.includes('--json'));
    else await super.showHelp(subject);
  }

  /** The words of the command or topic that an invocation begins with; undefined if there is none of that name. */
  private subjectOf(words: string[]): string[] | undefined {
    if (words.length === 0) return [];
    const counts = words.map((_, index) => words.length - index);
    const isCommand = (count: number) =>
      this.config.findCommand(toStandardizedId(words.slice(0, count).join(' '), this.config)) !== undefined;
    const count = counts.find(isCommand);
    if (count !== undefined) return words.slice(0, count);
    return words.length === 1 && this.config.findTopic(words[0] ?? '') !== undefined ? words : undefined;
  }

  protected override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    const { bin } = this.config;
    const steps = [
      [`${bin} generate --demo`, 'see it work, on bundled recordings of real faults'],
      [`${bin} doctor`, 'then with a cluster: does it answer, what may we read?'],
      [`${bin} record --duration 1h`, 'record it; import makes a recording of a dump'],
      [`${bin} generate`, 'find the incidents'],
      [`${bin} export --to hf`, 'examples to train on'],
      [`${bin} autocomplete`, 'completion for your shell'],
    ];
    this.log(this.section('GET STARTED', this.renderList(steps, { indentation: 2, stripAnsi: this.opts.stripAnsi, spacer: '\n' })));
    this.log('');
    this.log(this.section('MORE', this.wrap(`${bin} COMMAND --help has examples. Every command takes --json and --quiet.`)));
  }
}
