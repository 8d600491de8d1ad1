import type { AggregatedEvent, Evidence, Signal } from '../model/event.ts';
import { itemsOf } from '../model/fields.ts';
import type { ClusterState } from '../state/state.ts';
import { citeLine, lastFindings, lastWords } from './container-log.ts';
import { failuresOf } from './crash.ts';
import { citeField, citeSignal, eventsOf, present, signalsOf } from './rule.ts';
import { parseStartFailure, type StartFailure } from './start-failure.ts';
import { containerField } from './subject.ts';

/** A container whose process could not be started: where it is said, how surely, and the command and image of the spec. */
export type FailedStart = StartFailure & { signal: Signal; confidence: number; evidence: Evidence[]; image: string };

// `bash: line 3: /app/run: No such file or directory`, with exit code 127.
const shellGone = /^[\w./-]{1,200}: (?:(?:line )?\d{1,7}: )?(?:exec: )?(?<command>[\w./+-]{1,200}): no such file or directory$/i;

/** Start failures of one form: from the runtime's messages, else from a shell's exit code (126, 127) with its last words. */
export function failedStarts(incident: AggregatedEvent, state: ClusterState, form: StartFailure['form']): FailedStart[] {
  const messages = [
    ...signalsOf(incident, 'container.terminated'),
    ...signalsOf(incident, 'container.waiting'),
    ...eventsOf(incident, ['Failed', 'FailedStart', 'BackOff']),
  ].flatMap((signal) => {
    const failure = parseStartFailure(String(signal.detail.message));
    return failure?.form === form ? [complete(state, signal, failure, 0.95, citeSignal(signal, 'what the container runtime says'))] : [];
  });
  return messages.length > 0 ? messages : failuresOf(incident).flatMap((crash) => spoken(incident, state, crash, form));
}

/** What a container's own last line says: `exec /app: exec format error`, or a shell's complaint and its exit code. */
function spoken(incident: AggregatedEvent, state: ClusterState, crash: Signal, form: StartFailure['form']): FailedStart[] {
  const exitCode = Number(crash.detail.exitCode);
  const last = lastWords(incident, crash).lines.slice(-3);
  for (const line of last.toReversed()) {
    const { message } = line.line;
    const failure = parseStartFailure(message);
    if (failure?.form === form)
      return [
        complete(state, crash, failure, 0.9, citeLine(crash, line, 'the last words of the container'), citeSignal(crash, 'how it ended')),
      ];
    const refused = /^[\w./-]{1,200}: (?:(?:line )?\d{1,7}: )?(?:exec: )?(?<command>[\w./+-]{1,200}): permission denied$/i.exec(message)
      ?.groups?.command;
    if (form === 'not-executable' && exitCode === 126 && refused !== undefined) {
      return [
        complete(
          state,
          crash,
          { form, command: refused },
          0.9,
          citeLine(crash, line, 'the last words of the container'),
          citeSignal(crash, 'how it ended'),
        ),
      ];
    }
  }
  const gone = last
    .map((line) => ({ line, command: shellGone.exec(line.line.message)?.groups?.command }))
    .findLast(({ command }) => command !== undefined);
  if (form === 'not-found' && exitCode === 127 && gone?.command !== undefined) {
    return [
      complete(
        state,
        crash,
        { form, command: gone.command },
        0.9,
        citeLine(crash, gone.line, 'the last words of the shell'),
        citeSignal(crash, 'how it ended'),
      ),
    ];
  }
  const unknown = lastFindings(incident, crash, ['command-not-found']).at(-1);
  if (form !== 'not-found' || exitCode !== 127 || unknown === undefined) return [];
  const command = unknown.match.fields.command ?? '';
  return [
    complete(
      state,
      crash,
      { form, command },
      0.9,
      citeLine(crash, unknown.line, 'the last words of the shell'),
      citeSignal(crash, 'how it ended'),
    ),
  ];
}

function complete(state: ClusterState, signal: Signal, failure: StartFailure, confidence: number, ...evidence: Evidence[]): FailedStart {
  const container = signal.container === undefined ? { ...signal, container: onlyContainer(state, signal) } : signal;
  const image = containerField(state, container, '/image');
  const command = containerField(state, container, '/command') ?? containerField(state, container, '/args');
  return {
    ...failure,
    signal: container,
    confidence,
    image: String(image?.value ?? ''),
    evidence: [
      ...evidence,
      ...present(
        command && citeField(command.version, command.pointer, 'what the spec asks to run'),
        image && citeField(image.version, image.pointer, 'the image it should run in'),
      ),
    ],
  };
}

/** Events of old kubelets name no container; in a pod with one it is that one. */
function onlyContainer(state: ClusterState, signal: Signal): string {
  const containers = itemsOf(state.byUid.get(signal.ref.uid)?.object.spec?.containers) as { name: string }[];
  return containers.length === 1 ? (containers[0]?.name ?? '') : '';
}
