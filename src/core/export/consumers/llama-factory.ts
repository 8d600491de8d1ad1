import { alpaca } from './alpaca.ts';
import type { Consumer } from './consumer.ts';

const columns = { prompt: 'instruction', query: 'input', response: 'output', system: 'system' };

/** LLaMA-Factory: Alpaca rows, and the dataset_info.json without which it finds none of them. */
export const llama: Consumer = {
  ...alpaca,
  extra: (files) => ({
    'dataset_info.json': Object.fromEntries(
      Object.entries(files).map(([split, file]) => [`k8s_labeler_${split}`, { file_name: file, formatting: 'alpaca', columns }]),
    ),
  }),
};
