import { type Consumer, messagesOf } from './consumer.ts';

/** OpenAI's chat format; Together, Fireworks and Azure read it too. */
export const openai: Consumer = {
  extension: 'jsonl',
  row: (example) => ({ messages: messagesOf(example) }),
};
