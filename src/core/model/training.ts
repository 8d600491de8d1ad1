import type { Category, Reason } from './taxonomy.ts';

/**
 * What an example teaches: find the cause, tell it from the runner-up, read an Event or a log line, choose the next check, plan the fix,
 * judge whether something is healthy, abstain, size a container.
 */
export const skillNames = ['diagnose', 'compare', 'read', 'next_check', 'plan', 'health', 'abstain', 'size'] as const;

export type Skill = (typeof skillNames)[number];

/**
 * A recorded fact as a prompt shows it. `at` is when it was first seen (RFC 3339), `seq` its record; `evidence` are the ids of the label's
 * evidence that it carries. `standing` facts, such as a field of a spec, did not happen at a moment.
 */
export type Fact = { at: string; seq: number; ref: string; text: string; standing: boolean; evidence: string[] };

/** Where an example comes from: its label, and what decides about its split. */
export type Origin = { label: string; incident: string; reason: Reason; category: Category; cluster: string; quality: number };

/**
 * One example to train on. `prompt` holds nothing that was recorded after `moment` (RFC 3339), and not the answer. `template` names the
 * wording that was chosen.
 */
export type TrainingExample = Origin & {
  id: string;
  skill: Skill;
  moment: string;
  template: string;
  system: string;
  prompt: string;
  completion: string;
};

/** Why the rejected answer is worse: it names the runner-up, gives a remedy for another cause, cites nothing, or a reviewer wrote a better one. */
export const pairKinds = ['runner_up', 'wrong_remedy', 'uncited', 'edit'] as const;

export type PairKind = (typeof pairKinds)[number];

/** Two answers to one prompt of which the first is the better one, of about the same length. */
export type PreferencePair = Origin & {
  id: string;
  kind: PairKind;
  moment: string;
  system: string;
  prompt: string;
  chosen: string;
  rejected: string;
};

/** A chat message. `tool_calls` and `tool_call_id` as OpenAI's API has them, but with arguments as an object. */
export type ChatMessage = {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: Record<string, unknown> } }[];
  tool_call_id?: string;
};

/** A diagnosis by looking: the facts come as answers to tool calls. `tools` are function declarations with JSON Schema parameters. */
export type ToolDialogue = Origin & { id: string; moment: string; messages: ChatMessage[]; tools: object[] };

/** What could be made of a label. Each drop says which gate refused an example. */
export type Made = { examples: TrainingExample[]; pairs: PreferencePair[]; dialogues: ToolDialogue[]; dropped: Drop[] };

export type Drop = { label: string; skill: string; gate: Gate; detail: string };

/**
 * Gates of an example: `future` shows or says what was recorded later, `reveals` the prompt gives the answer away, `ungrounded` the answer
 * says a number or quotes a text that the prompt does not show, `unrendered` a template left something open, `unbalanced` one answer of a
 * pair is much longer, `secret` it holds a credential, `replaced` it would say what a reviewer wrote anew, or rest on it, `alike` an edit
 * that does not show in the answer.
 */
export type Gate = 'future' | 'reveals' | 'ungrounded' | 'unrendered' | 'unbalanced' | 'secret' | 'replaced' | 'alike';

/** The parts of a dataset, in order. */
export const splitNames = ['train', 'validation', 'test'] as const;

export type SplitName = (typeof splitNames)[number];
