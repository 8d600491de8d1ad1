import { stringifyJson } from '../model/json.ts';
import { oneLine } from '../model/text.ts';
import type { ChatRenderer } from './chat-template.ts';
import type { Dialogue, Message } from './dialogue.ts';
import { named, type Problem, problem } from './finding.ts';

const mostLimits = 3;

/** Renders rows until the template has used up its limits three times: a template that does not end would not end for the other rows either. */
export type RowRenderer = {
  row: (dialogue: Dialogue) => Promise<{ problems: Problem[]; texts: string[] }>;
  /** Rows that were rendered, and rows that were left out. */
  counts: () => { rendered: number; skipped: number };
};

/** What a chat template makes of rows: problems where it fails, or leaves out a message. */
export function rowRenderer(renderer: ChatRenderer): RowRenderer {
  let [rendered, skipped, limits] = [0, 0, 0];
  return {
    row: async ({ prompt, answers, tools }) => {
      if (limits >= mostLimits) {
        skipped += 1;
        return { problems: [], texts: [] };
      }
      const problems: Problem[] = [];
      const texts: string[] = [];
      for (const answer of answers) {
        const messages = [...prompt, ...answer];
        const result = await renderer.render(messages, tools);
        if ('text' in result) {
          texts.push(result.text);
          problems.push(...droppedProblems(messages, result.text, tools));
        } else if (result.limit) {
          limits += 1;
          problems.push(problem('TEMPLATE_LIMIT', '', oneLine(result.error)));
          break;
        } else problems.push(problem('TEMPLATE_FAILS', '', `the chat template fails: ${oneLine(result.error)}`));
      }
      rendered += 1;
      return { problems: unique(problems), texts };
    },
    counts: () => ({ rendered, skipped }),
  };
}

/** Messages, calls and tools that the rendered text does not show: the model would never see them. */
function droppedProblems(messages: readonly Message[], text: string, tools: unknown): Problem[] {
  const found: Problem[] = [];
  for (const [index, message] of messages.entries()) {
    const last = index === messages.length - 1;
    const content = shownPart(message, last);
    if (content !== '' && !shows(text, content)) {
      const what = last ? `the answer of the row` : `the ${message.role} message ${index + 1} of ${messages.length}`;
      found.push(problem('TEMPLATE_DROPS', '', `the chat template leaves out ${what}: ${named(content)}`));
    }
    for (const call of message.tool_calls ?? []) {
      const name = (call.function as { name?: unknown } | undefined)?.name;
      if (typeof name !== 'string' || text.includes(name)) continue;
      found.push(problem('TEMPLATE_DROPS', '', `the chat template leaves out the tool call ${named(name)}`));
    }
  }
  const names = Array.isArray(tools)
    ? tools.map((tool) => tool?.function?.name ?? tool?.name).filter((name) => typeof name === 'string')
    : [];
  const unseen = names.find((name) => !text.includes(name));
  if (unseen !== undefined) found.push(problem('TEMPLATE_DROPS', '', `the chat template leaves out the tool ${named(unseen)}`));
  return found;
}

/** Templates of reasoning models show the thoughts of the last answer only, and apart from its text. */
function shownPart({ role, content }: Message, last: boolean): string {
  const text = role === 'assistant' ? (content.split('</think>').at(-1) ?? '') : content;
  return last && text.trim() === '' ? content.trim() : text.trim();
}

/** As it is, or as JSON text: some templates write tool results that way. */
function shows(text: string, content: string): boolean {
  return text.includes(content) || text.includes(stringifyJson(content).slice(1, -1));
}

function unique(problems: Problem[]): Problem[] {
  return [...new Map(problems.map((one) => [`${one.code} ${one.message}`, one])).values()];
}
