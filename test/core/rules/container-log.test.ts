import { describe, expect, it } from 'vitest';
import type { AggregatedEvent, LogLine, Signal } from '../../../src/core/model/event.ts';
import { citeLine, lastWords, listeningPorts } from '../../../src/core/rules/container-log.ts';
import { newClusterState, noteListening } from '../../../src/core/state/state.ts';

const ref = { kind: 'Pod', namespace: 'shop', name: 'cart-0', uid: 'pod-1' };

function line(seq: number, timestamp: string, message: string, more: object = {}): LogLine {
  return { seq, at: '2026-03-02T10:00:00.000Z', line: { namespace: 'shop', pod: 'cart-0', container: 'app', message, timestamp, ...more } };
}

function crash(startedAt: string, finishedAt: string, message?: string): Signal {
  const pointer = '/status/containerStatuses/0/lastState/terminated';
  return {
    type: 'container.terminated',
    ref,
    container: 'app',
    seq: 9,
    at: '',
    pointer,
    value: { exitCode: 1, message },
    detail: { startedAt, finishedAt },
  } as unknown as Signal;
}

function messages(logs: LogLine[], signal: Signal): string[] {
  return lastWords({ logs, signals: [] } as unknown as AggregatedEvent, signal).lines.map((one) => one.line.message);
}

describe('lastWords', () => {
  const run = crash('2026-03-02T10:00:10Z', '2026-03-02T10:00:20Z');

  it('are the lines between start and end of the run, fractions of its last second included', () => {
    const logs = [
      line(1, '2026-03-02T10:00:05.1Z', 'earlier run'),
      line(2, '2026-03-02T10:00:10.2Z', 'first'),
      line(3, '2026-03-02T10:00:20.9Z', 'last'),
      line(4, '2026-03-02T10:00:25.0Z', 'next run'),
    ];
    expect(messages(logs, run)).toEqual(['first', 'last']);
  });

  it('are of an earlier run when the run left no line', () => {
    expect(messages([line(1, '2026-03-02T10:00:05.1Z', 'earlier run'), line(4, '2026-03-02T10:00:25.0Z', 'next run')], run)).toEqual([
      'earlier run',
    ]);
  });

  it('are the lines of the previous log where lines have no times', () => {
    expect(messages([line(1, '', 'before', { previous: true }), line(2, '', 'now')], run)).toEqual(['before']);
  });

  it('leave out other containers and pods', () => {
    const logs = [
      line(1, '2026-03-02T10:00:11Z', 'proxy', { container: 'proxy' }),
      line(2, '2026-03-02T10:00:11Z', 'other', { pod: 'cart-1' }),
    ];
    expect(messages(logs, run)).toEqual([]);
  });

  it('are the termination message when there is no log, cited where it stands', () => {
    const told = crash('2026-03-02T10:00:10Z', '2026-03-02T10:00:20Z', 'starting\nQUEUE_URL is not set\n');
    const words = lastWords({ logs: [], signals: [] } as unknown as AggregatedEvent, told);
    expect(words.findings.map(({ match }) => match.id)).toEqual(['env-missing']);
    expect(citeLine(told, words.findings[0]!.line, 'said')).toMatchObject({
      type: 'status',
      seq: 9,
      pointer: '/status/containerStatuses/0/lastState/terminated/message',
      value: 'starting\nQUEUE_URL is not set\n',
    });
  });

  it('decide ambiguous lines by the block around them', () => {
    const logs = [
      line(1, '2026-03-02T10:00:11Z', 'Traceback (most recent call last):'),
      line(2, '2026-03-02T10:00:11Z', '  File "/app/main.py", line 3, in <module>'),
      line(3, '2026-03-02T10:00:11Z', "    url = os.environ['url']"),
      line(4, '2026-03-02T10:00:11Z', "KeyError: 'url'"),
    ];
    const words = lastWords({ logs, signals: [] } as unknown as AggregatedEvent, run);
    expect(words.findings.filter(({ match }) => match.id === 'env-missing').map((found) => found.line.seq)).toEqual([4]);
  });
});

describe('listeningPorts', () => {
  it('are the ports that a container says it listens on, early or late', () => {
    const state = newClusterState('c01');
    noteListening(state, 'shop/cart-0', { container: 'app', port: 9090, seq: 1, at: '', ref, message: 'metrics on :9090' });
    noteListening(state, 'shop/cart-0', { container: 'proxy', port: 15001, seq: 2, at: '', ref, message: 'listening on :15001' });
    const logs = [line(3, '', 'server listening on :8080'), line(4, '', 'connecting to db:5432')];
    const ports = listeningPorts(state, { logs } as unknown as AggregatedEvent, { ref, container: 'app' });
    expect(ports.map(({ port, line: { seq } }) => [port, seq])).toEqual([
      [9090, 1],
      [8080, 3],
    ]);
  });
});
