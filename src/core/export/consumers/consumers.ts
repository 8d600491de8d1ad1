import { alpaca } from './alpaca.ts';
import { axolotl } from './axolotl.ts';
import type { Consumer } from './consumer.ts';
import { llama } from './llama-factory.ts';
import { openai } from './openai.ts';
import { sharegpt } from './sharegpt.ts';
import { trl } from './trl.ts';

/** Every consumer under the name that `--to` takes. */
export const consumers = { openai, trl, axolotl, 'llama-factory': llama, alpaca, sharegpt } as const satisfies Record<string, Consumer>;

export type ConsumerName = keyof typeof consumers;
