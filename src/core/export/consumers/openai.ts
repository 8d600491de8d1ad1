import { type Consumer, fileNames, linesOf, messagesOf } from './consumer.ts';

/** OpenAI's chat format; Together, Fireworks and Azure read it too. */
export const openai: Consumer = {
  sets: [{ view: 'examples', path: fileNames('jsonl'), exporter: linesOf((example) => ({ messages: messagesOf(example) })) }],
};
