import { usageError } from '../errors.ts';
import { type SplitName, splitNames } from '../model/training.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';

/** Shares of the splits, adding up to 1. */
export type SplitShares = Record<SplitName, number>;

/** `train=0.8,validation=0.1,test=0.1`; a part that is left out is empty. Throws SPLIT_INVALID (exit code 2). */
export function parseSplit(text: string): SplitShares {
  const shares: SplitShares = { train: 0, validation: 0, test: 0 };
  for (const part of text.split(',')) {
    const [, name = '', share = ''] = /^(\w+)=(\d*\.?\d+)$/.exec(part.trim()) ?? [];
    if (!(splitNames as readonly string[]).includes(name)) throw invalid(text);
    shares[name as SplitName] += Number(share);
  }
  const sum = Object.values(shares).reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-6) throw invalid(text);
  return shares;
}

function invalid(text: string): Error {
  return usageError('SPLIT_INVALID', `--split: found "${text}", expected shares of train, validation and test that add up to 1`, {
    suggestions: ['--split train=0.8,validation=0.1,test=0.1'],
  });
}

/** The split of a group: by the hash of its name and the seed alone, so that it stays where it is when others come. */
export function splitOf(group: string, shares: SplitShares, seed: number): SplitName {
  const hash = Number.parseInt(uuid5(`split/${seed}/${group}`, labelerNamespace).slice(0, 8), 16) / 0x1_0000_0000;
  let bound = 0;
  for (const name of splitNames) {
    bound += shares[name];
    if (shares[name] > 0 && hash < bound) return name;
  }
  return splitNames.findLast((name) => shares[name] > 0) ?? 'train';
}
