import { type Consumer, messagesOf } from './consumer.ts';

/** TRL's conversational prompt-completion rows: only the completion is trained on. */
export const trl: Consumer = {
  extension: 'jsonl',
  row: (example) => ({ prompt: messagesOf(example).slice(0, -1), completion: messagesOf(example).slice(-1) }),
};
