import { hf } from '../hf/hf.ts';
import { alpaca } from './alpaca.ts';
import { axolotl } from './axolotl.ts';
import type { Consumer } from './consumer.ts';
import { llama } from './llama-factory.ts';
import { openai } from './openai.ts';
import { openaiDpo } from './openai-dpo.ts';
import { sharegpt } from './sharegpt.ts';
import { trl } from './trl.ts';

const trainers = { openai, 'openai-dpo': openaiDpo, trl, axolotl, 'llama-factory': llama, alpaca, sharegpt } as const satisfies Record<
  string,
  Consumer
>;

/** Every consumer under the name that `--to` takes. `hf` holds the files of all the others below `formats/`. */
export const consumers = { hf: hf(trainers), ...trainers } as const satisfies Record<string, Consumer>;

export type ConsumerName = keyof typeof consumers;
