import type { TrainingExample } from '../../model/training.ts';
import { arrayOf, type Consumer, fileNames } from './consumer.ts';

/** An Alpaca row with all of its columns, none of which LLaMA-Factory may miss. */
export function alpacaRow({ system, prompt, completion }: TrainingExample): Record<'instruction' | 'input' | 'output' | 'system', string> {
  return { instruction: prompt, input: '', output: completion, system };
}

/** Stanford Alpaca: instruction, input, output. */
export const alpaca: Consumer = { sets: [{ view: 'examples', path: fileNames('json'), exporter: arrayOf(alpacaRow) }] };
