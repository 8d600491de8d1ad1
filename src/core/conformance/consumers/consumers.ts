import type { Conformance } from '../conformance.ts';
import { alpaca } from './alpaca.ts';
import { axolotl } from './axolotl.ts';
import { hf } from './hf.ts';
import { llama } from './llama-factory.ts';
import { openai } from './openai.ts';
import { openaiDpo } from './openai-dpo.ts';
import { sharegpt } from './sharegpt.ts';
import { trl } from './trl.ts';

/** The rules of every consumer under the name that `--for` takes. */
export const conformances = {
  openai,
  'openai-dpo': openaiDpo,
  trl,
  axolotl,
  'llama-factory': llama,
  alpaca,
  sharegpt,
  hf,
} as const satisfies Record<string, Conformance>;

export type ConsumerName = keyof typeof conformances;
