import { stringifyJson } from '../model/json.ts';
import { isFault, type LabelEvidence } from '../model/label.ts';
import { readableLine } from '../model/log-line.ts';
import { uncoloured } from '../model/text.ts';
import type { ChatMessage, ToolDialogue } from '../model/training.ts';
import { labelerNamespace, uuid5 } from '../model/uuid.ts';
import { checkOf, toolDeclarations } from './checks.ts';
import { groundGate } from './gates.ts';
import { causeItems, causeText, originOf, type Scene } from './scene.ts';
import { resolutionText } from './skills.ts';
import { chosen } from './templates.ts';

const mostCalls = 5;
const longestValue = 2000;

/** A diagnosis by looking: each item that the cause rests on is the answer to a call. Undefined if one of them cannot be looked at. */
export function dialogueOf(scene: Scene): ToolDialogue | undefined {
  const { label, moment, symptom, culprit, templates } = scene;
  const items = causeItems(label);
  if (!isFault(label) || items.length === 0 || items.length > mostCalls) return undefined;
  const calls = items.flatMap((item, index) => callOf(item, index) ?? []);
  if (calls.length < items.length * 2) return undefined;
  const messages: ChatMessage[] = [
    { role: 'system', content: chosen(label.id, 'tools_system', templates.tools_system).text },
    { role: 'user', content: symptom },
    ...calls,
  ];
  const shown = messages.map((message) => `${message.content} ${stringifyJson(message.tool_calls ?? [])}`).join('\n');
  const cause = causeText(label);
  if (groundGate(shown, [uncoloured(cause)]) !== undefined) return undefined;
  const content = [`Root cause: ${cause}`, `Reason: ${label.reason}`, `To change: ${culprit}`, resolutionText(scene)]
    .filter(Boolean)
    .join('\n');
  messages.push({ role: 'assistant', content: uncoloured(content) });
  return { ...originOf(label), id: uuid5(`dialogue/${label.id}`, labelerNamespace), moment, messages, tools: toolDeclarations };
}

/** The call that shows an item, and its answer. */
function callOf(item: LabelEvidence, index: number): ChatMessage[] | undefined {
  const check = checkOf(item);
  if (check === undefined) return undefined;
  const id = `call_${index + 1}`;
  const { value } = item;
  const text = typeof value === 'string' ? readableLine(value) : stringifyJson(value);
  return [
    { role: 'assistant', content: '', tool_calls: [{ id, type: 'function', function: { name: check.name, arguments: check.arguments } }] },
    { role: 'tool', tool_call_id: id, content: uncoloured(text).slice(0, longestValue) },
  ];
}
