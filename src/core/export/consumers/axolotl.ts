import { type Consumer, messagesOf } from './consumer.ts';

/** Axolotl, `type: chat_template`. */
export const axolotl: Consumer = {
  extension: 'jsonl',
  row: (example) => ({ messages: messagesOf(example) }),
};
