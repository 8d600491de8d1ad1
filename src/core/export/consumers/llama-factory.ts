import { alpacaRow } from './alpaca.ts';
import { arrayOf, type Consumer, fileNames } from './consumer.ts';

const columns = { prompt: 'instruction', query: 'input', response: 'output', system: 'system' };
const pairColumns = { prompt: 'instruction', query: 'input', chosen: 'chosen', rejected: 'rejected', system: 'system' };

/** LLaMA-Factory: Alpaca rows for both kinds of training, and the dataset_info.json without which it finds none of them. */
export const llama: Consumer = {
  sets: [
    { view: 'examples', path: fileNames('json'), exporter: arrayOf(alpacaRow) },
    {
      view: 'pairs',
      path: fileNames('json', 'preference_'),
      exporter: arrayOf(({ system, prompt, chosen, rejected }) => ({ instruction: prompt, input: '', chosen, rejected, system })),
    },
  ],
  extra: (files) => {
    const entries = files.map(({ file, split, view }) => [
      `k8s_labeler_${view === 'pairs' ? 'preference_' : ''}${split}`,
      view === 'pairs'
        ? { file_name: file, formatting: 'alpaca', ranking: true, columns: pairColumns }
        : { file_name: file, formatting: 'alpaca', columns },
    ]);
    return { 'dataset_info.json': `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n` };
  },
};
