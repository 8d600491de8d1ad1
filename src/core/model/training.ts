import type { Reason } from './taxonomy.ts';

/** What an example teaches: find the cause, read a log line, plan the fix, tell two causes apart, say that nothing is wrong, or abstain. */
export type Skill = 'diagnose' | 'read' | 'plan' | 'compare' | 'health' | 'abstain';

/**
 * One example to train on. `group` is what must not be torn apart by a split: everything about one workload of one cluster. `prompt` holds
 * nothing that was recorded after `moment` (RFC 3339), and not the answer.
 */
export type TrainingExample = {
  id: string;
  skill: Skill;
  group: string;
  incident: string;
  reason: Reason;
  moment: string;
  system: string;
  prompt: string;
  completion: string;
};

/** The parts of a dataset, in order. */
export const splitNames = ['train', 'validation', 'test'] as const;

export type SplitName = (typeof splitNames)[number];
