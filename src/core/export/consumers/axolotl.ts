import { type Consumer, fileNames, linesOf, messagesOf } from './consumer.ts';

/** Axolotl, `type: chat_template`, and the lines of its configuration that read the files. */
export const axolotl: Consumer = {
  sets: [{ view: 'examples', path: fileNames('jsonl'), exporter: linesOf((example) => ({ messages: messagesOf(example) })) }],
  extra: (files) => {
    const entry = (file: string) => `  - path: ${file}\n    ds_type: json\n    type: chat_template\n    field_messages: messages\n`;
    const of = (split: string) =>
      files
        .filter((file) => file.split === split)
        .map(({ file }) => entry(file))
        .join('');
    const tests = of('validation');
    return { 'dataset.yml': `datasets:\n${of('train')}${tests === '' ? '' : `test_datasets:\n${tests}`}` };
  },
};
