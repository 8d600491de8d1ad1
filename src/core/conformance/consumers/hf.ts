import { type Conformance, datasetsLoader, has, rowChecks } from '../conformance.ts';
import { dialogueOf } from '../dialogue.ts';
import { alpacaDialogue } from './alpaca.ts';
import { trl } from './trl.ts';

/** `load_dataset` of the Hugging Face library: any columns; what counts are the card, the types and the splits. */
export const hf: Conformance = {
  ...datasetsLoader,
  views: [],
  open: () => rowChecks(() => []),
  dialogue: (row, file) => {
    if (has(row, 'messages')) return dialogueOf(row.messages, row.tools);
    if (has(row, 'prompt') || has(row, 'chosen')) return trl.dialogue(row, file);
    return has(row, 'instruction') ? alpacaDialogue(row) : undefined;
  },
};
