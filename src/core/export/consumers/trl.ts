import { answerOf, type Consumer, fileNames, linesOf, promptOf } from './consumer.ts';

/**
 * TRL's conversational rows: prompt-completion, of which only the completion is trained on, and preference with an explicit prompt. The card
 * lets `load_dataset` find both.
 */
export const trl: Consumer = {
  sets: [
    {
      view: 'examples',
      path: fileNames('jsonl'),
      exporter: linesOf((example) => ({ prompt: promptOf(example), completion: answerOf(example.completion) })),
    },
    {
      view: 'pairs',
      path: fileNames('jsonl', 'preference_'),
      exporter: linesOf((pair) => ({ prompt: promptOf(pair), chosen: answerOf(pair.chosen), rejected: answerOf(pair.rejected) })),
    },
  ],
  extra: (files) => {
    const config = (name: string, view: string, more = '') => {
      const own = files.filter((file) => file.view === view).map(({ split, file }) => `  - {split: ${split}, path: ${file}}`);
      return own.length === 0 ? [] : [`- config_name: ${name}${more}`, '  data_files:', ...own];
    };
    const lines = [...config('prompt_completion', 'examples', '\n  default: true'), ...config('preference', 'pairs')];
    return { 'README.md': ['---', 'configs:', ...lines, '---', '', '# Examples for TRL', ''].join('\n') };
  },
};
