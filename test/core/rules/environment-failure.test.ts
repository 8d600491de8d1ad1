import { describe, expect, it } from 'vitest';
import type { AggregatedEvent, LogLine, Signal } from '../../../src/core/model/event.ts';
import type { KubernetesObject, ObjectRef } from '../../../src/core/model/resource.ts';
import { environmentFailure } from '../../../src/core/rules/environment-failure.ts';
import { applyRecord, newClusterState } from '../../../src/core/state/state.ts';

const ref: ObjectRef = { kind: 'Pod', namespace: 'shop', name: 'cart-0', uid: 'pod-1' };

type Setting = { env?: unknown[]; envFrom?: unknown[]; configMaps?: Record<string, Record<string, string>> };

/** A pod with one crashed container, its settings, and the last lines of its log. */
function judged(log: string, { env, envFrom, configMaps = {} }: Setting = {}) {
  const state = newClusterState('c01', {
    coverage: [{ cluster: 'c01', resource: 'configmaps', kind: 'ConfigMap', namespaces: ['*'], from: '', to: '' }],
  });
  let seq = 0;
  const add = (object: KubernetesObject, kind: string, name: string, uid: string) => {
    const event = {
      type: 'ADDED' as const,
      ref: { kind, namespace: 'shop', name, uid },
      resourceVersion: '1',
      object: { kind, ...object },
    };
    applyRecord(state, {
      seq: ++seq,
      at: '2026-03-02T10:00:00.000Z',
      atSource: 'received',
      cluster: 'c01',
      stream: 's',
      kind: 'resource',
      event,
    });
  };
  for (const [name, data] of Object.entries(configMaps))
    add({ metadata: { name, namespace: 'shop', uid: name }, data }, 'ConfigMap', name, name);
  const container = { name: 'app', image: 'shop/cart:1', ...(env && { env }), ...(envFrom && { envFrom }) };
  add({ metadata: { name: ref.name, namespace: 'shop', uid: ref.uid }, spec: { containers: [container] } }, 'Pod', ref.name, ref.uid);
  const crash = {
    type: 'container.terminated',
    ref,
    container: 'app',
    detail: { exitCode: 1, startedAt: '2026-03-02T10:00:00Z', finishedAt: '2026-03-02T10:00:05Z' },
  } as unknown as Signal;
  const logs: LogLine[] = log.split('\n').map((message, position) => ({
    seq: 100 + position,
    at: '2026-03-02T10:00:04.000Z',
    line: { namespace: 'shop', pod: ref.name, container: 'app', message, timestamp: '2026-03-02T10:00:04.000Z' },
  })); // prettier-ignore
  const incident = { openedAt: '2026-03-02T10:00:05.000Z', logs, signals: [crash] } as unknown as AggregatedEvent;
  const failure = environmentFailure(incident, state, crash);
  return failure && { name: failure.name, wrong: failure.wrong, sure: failure.confidence >= 0.8 };
}

const set = (name: string, value: string) => ({ env: [{ name, value }] });

describe('environmentFailure', () => {
  it.each([
    [
      'Python os.environ',
      "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    url = os.environ['QUEUE_URL']\nKeyError: 'QUEUE_URL'",
    ],
    [
      'Python getenv used without a check',
      "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    hosts = os.getenv('QUEUE_URL').split(',')\nAttributeError: 'NoneType' object has no attribute 'split'",
    ],
    [
      'Node code frame',
      "/srv/server.js:2\nconst q = process.env.QUEUE_URL.split(',');\n\nTypeError: Cannot read properties of undefined (reading 'split')\n    at Object.<anonymous> (/srv/server.js:2:31)",
    ],
    [
      'Node, a URL',
      "/srv/server.js:2\nconst q = new URL(process.env.QUEUE_URL);\n\nTypeError: Invalid URL\n    at new URL (node:internal/url:806:29) {\n  code: 'ERR_INVALID_URL',\n  input: 'undefined'\n}",
    ],
    ['Go envconfig', 'required key QUEUE_URL missing value'],
    ['Go, own words', '2026/03/02 10:00:04 environment variable QUEUE_URL is not set'],
    ['structured', '{"level":"fatal","msg":"QUEUE_URL must be set"}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the log quotes the placeholder
    ['Spring placeholder', 'Could not resolve placeholder \'QUEUE_URL\' in value "${QUEUE_URL}"'],
    ['Ruby fetch', 'config/app.rb:3:in `fetch\': key not found: "QUEUE_URL" (KeyError)'],
    ['shell', '/entrypoint.sh: line 4: QUEUE_URL: unbound variable'],
    ['shell, parameter check', 'sh: 1: QUEUE_URL: parameter not set'],
    ['decouple', 'decouple.UndefinedValueError: QUEUE_URL not found. Declare it as envvar or define a default value.'],
    ['Elixir', '** (RuntimeError) environment variable QUEUE_URL is missing.'],
  ])('blames a missing variable: %s', (_, log) => {
    expect(judged(log)).toEqual({ name: 'QUEUE_URL', wrong: 'absent', sure: true });
  });

  it('blames a variable that is set to nothing', () => {
    expect(judged('QUEUE_URL is empty', set('QUEUE_URL', ''))).toMatchObject({ name: 'QUEUE_URL', wrong: 'empty' });
  });

  it.each([
    [
      'Node',
      'RangeError [ERR_SOCKET_BAD_PORT]: options.port should be >= 0 and < 65536. Received type number (99999).\n    at Server.listen (node:net:2059:5)',
      set('PORT', '99999'),
      'PORT',
    ],
    ['Go', 'strconv.Atoi: parsing "ten": invalid syntax', set('WORKERS', 'ten'), 'WORKERS'],
    [
      'Python',
      "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\n    n = int(os.environ['WORKERS'])\nValueError: invalid literal for int() with base 10: 'ten'",
      set('WORKERS', 'ten'),
      'WORKERS',
    ],
    ['Go envconfig', "envconfig.Process: assigning WORKERS to Workers: converting 'ten' to type int", set('WORKERS', 'ten'), 'WORKERS'],
    ['own words', 'invalid value "verbose" for LOG_LEVEL', set('LOG_LEVEL', 'verbose'), 'LOG_LEVEL'],
  ])('blames an unusable value: %s', (_, log, setting, name) => {
    expect(judged(log, setting)).toEqual({ name, wrong: 'invalid', sure: true });
  });

  it('finds a value in the ConfigMap that it comes from', () => {
    const setting = { envFrom: [{ configMapRef: { name: 'app' } }], configMaps: { app: { WORKERS: 'ten' } } };
    expect(judged('strconv.Atoi: parsing "ten": invalid syntax', setting)).toMatchObject({ name: 'WORKERS', wrong: 'invalid' });
  });

  it.each([
    ['a default that the program announces', 'QUEUE_URL is not set, using default amqp://localhost', {}],
    ['a variable that is set', 'QUEUE_URL is not set', set('QUEUE_URL', 'amqp://queue')],
    [
      'a variable from a Secret',
      'QUEUE_URL is not set',
      { env: [{ name: 'QUEUE_URL', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
    ],
    [
      'a variable from a ConfigMap',
      'QUEUE_URL is not set',
      { envFrom: [{ configMapRef: { name: 'app' } }], configMaps: { app: { QUEUE_URL: 'amqp://queue' } } },
    ],
    ['a number that no setting holds', 'strconv.Atoi: parsing "x1": invalid syntax', set('WORKERS', '4')],
    [
      'an empty reference of another kind',
      "TypeError: Cannot read properties of undefined (reading 'id')\n    at cart (/srv/cart.js:9:3)",
      set('PORT', '80'),
    ],
    ['nothing at all', 'bye', {}],
  ])('stays quiet about %s', (_, log, setting) => {
    expect(judged(log, setting)).toBeUndefined();
  });

  it.each(['***', 'hmac-sha256:0a1b2c3d:00112233445566ff'])('takes %s for a value that was not kept, not for a wrong one', (kept) => {
    const log = 'RangeError [ERR_SOCKET_BAD_PORT]: options.port should be >= 0 and < 65536. Received type number (NaN).';
    const setting = (PORT: string) => ({ envFrom: [{ configMapRef: { name: 'app' } }], configMaps: { app: { PORT } } });
    expect(judged(log, setting('eighty'))).toMatchObject({ name: 'PORT', wrong: 'invalid' });
    expect(judged(log, setting(kept))).toBeUndefined();
    expect(judged('PORT is empty', setting(kept))).toBeUndefined();
  });

  it('is less sure when a source of variables was not recorded', () => {
    expect(judged('sh: 1: QUEUE_URL: parameter not set', { envFrom: [{ secretRef: { name: 'app' } }] })).toMatchObject({
      name: 'QUEUE_URL',
      wrong: 'absent',
    });
  });
});
