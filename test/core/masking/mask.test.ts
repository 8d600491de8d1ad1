import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskingRuleset, maskRecord } from '../../../src/core/masking/mask.ts';
import { saysSecret } from '../../../src/core/masking/names.ts';
import type { RecordDraft } from '../../../src/core/model/capture.ts';
import { type KubernetesObject, refOf } from '../../../src/core/model/resource.ts';

const base = { at: '2026-03-01T10:00:00.000Z', atSource: 'received', cluster: 'c01', stream: 's' } as const;

function resource(object: KubernetesObject): RecordDraft {
  return { ...base, kind: 'resource', event: { type: 'ADDED', ref: refOf(object), resourceVersion: '1', object } };
}

function log(message: string): RecordDraft {
  return { ...base, kind: 'log', line: { namespace: 'shop', pod: 'cart', container: 'app', message, timestamp: '' } };
}

function maskedObject(object: KubernetesObject) {
  const counts: Record<string, number> = {};
  const record = maskRecord(resource(object), counts);
  return { object: record.kind === 'resource' ? record.event.object : {}, counts };
}

function maskedLine(message: string): string {
  const record = maskRecord(log(message), {});
  return record.kind === 'log' ? record.line.message : '';
}

const pod = (container: Record<string, unknown>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'cart' },
  spec: { containers: [{ name: 'app', ...container }] },
});

describe('Secrets and ConfigMaps', () => {
  it('keep the keys of a Secret and none of its values', () => {
    const { object, counts } = maskedObject({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      type: 'Opaque',
      data: { user: 'YWRtaW4=', empty: '' },
      stringData: { pin: '1234' },
    });
    expect(object).toMatchObject({ type: 'Opaque', data: { user: '***', empty: '' }, stringData: { pin: '***' } });
    expect(counts).toEqual({ 'secret-data': 2 });
  });

  it('mask ConfigMap values whose key says secret, and secret lines of configuration files', () => {
    const app = 'db:\n  host: db.shop\n  password: hunter2 and more\n  tokenTtl: 5m\n# api\nAPI_KEY=abc,def\nlog_level=debug\n';
    const { object } = maskedObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data: { 'admin-password.txt': 'x', 'app.yaml': app, region: 'eu' },
    });
    expect(object.data).toEqual({
      'admin-password.txt': '***',
      'app.yaml': app.replace('hunter2 and more', '***').replace('abc,def', '***'),
      region: 'eu',
    });
  });
});

describe('containers', () => {
  it('lose env values whose name says secret, at any depth, and keep names, references, paths and empty values', () => {
    const env = [
      { name: 'DB_PASSWORD', value: 'hunter2' },
      { name: 'DB_PASSWORD_FILE', value: '/run/secrets/db' },
      { name: 'CREDENTIALS', value: '/credentials/cloud' },
      { name: 'API_TOKEN', value: '$(OTHER)' },
      { name: 'SECRET_KEY', value: '' },
      { name: 'LOG_LEVEL', value: 'debug' },
      { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
    ];
    const template = { spec: { initContainers: [{ name: 'init', env }], containers: [] } };
    const cron = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec: { jobTemplate: { spec: { template } } } };
    const { object, counts } = maskedObject(cron);
    expect(object.spec.jobTemplate.spec.template.spec.initContainers[0].env).toEqual([
      { name: 'DB_PASSWORD', value: '***' },
      ...env.slice(1),
    ]);
    expect(counts).toEqual({ 'env-value': 1 });
  });

  it('lose secret arguments after their flag, beside it, and inside shell lines', () => {
    const args = [
      '--user',
      'app',
      '--password',
      'hunter2',
      '--token=abc',
      '--token-ttl=5m',
      '-c',
      'mysql --password "two words" -h db && PGPASSWORD=x1 psql',
    ];
    const { object } = maskedObject(pod({ args, command: ['sh'] }));
    expect(object.spec.containers[0]).toMatchObject({
      args: ['--user', 'app', '--password', '***', '--token=***', '--token-ttl=5m', '-c', expect.not.stringMatching(/two|words|x1/)],
      command: ['sh'],
    });
  });

  it('keep image digests, certificate paths and names of Secrets', () => {
    const status = { imageID: 'docker-pullable://alpine@sha256:621c2f39f8133acb8e64023a94dbdf0d5ca81896102b9e57c0dc184cadaf5528' };
    const args = [
      '--kubelet-client-key=/var/lib/minikube/certs/apiserver-kubelet-client.key',
      '--authorization-mode=Node,RBAC',
      '--secret-name=db',
    ];
    const object = { ...pod({ args }), status, volumes: [{ secret: { secretName: 'db-token' } }] };
    expect(maskedObject(object).object).toBe(object);
  });
});

it('removes last-applied annotations, also of pod templates, and no other', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'example.com/last-applied': 'x', team: 'shop' };
  const { object, counts } = maskedObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { annotations },
    spec: { template: { metadata: { annotations } } },
  });
  expect(object.metadata?.annotations).toEqual({ team: 'shop' });
  expect(object.spec.template.metadata.annotations).toEqual({ team: 'shop' });
  expect(counts).toEqual({ 'last-applied': 2 });
});

it('masks secret fields of custom resources', () => {
  const { object } = maskedObject({
    apiVersion: 'example.com/v1',
    kind: 'Database',
    metadata: { name: 'd' },
    spec: { auth: { password: 'hunter2', passwordSecretRef: 'db' } },
  });
  expect(object.spec.auth).toEqual({ password: '***', passwordSecretRef: 'db' });
});

describe('text', () => {
  it.each([
    ['connect postgres://app:p@ss@db:5432/x failed', 'connect postgres://***:***@db:5432/x failed'],
    ['clone https://tok3n@github.com/a/b', 'clone https://***@github.com/a/b'],
    ['{"user":"a","password":"s\\"x y"}', '{"user":"a","password":"***"}'],
    ['body: {\\"api_key\\":\\"abc 1\\",\\"n\\":1}', 'body: {\\"api_key\\":\\"***\\",\\"n\\":1}'],
    ['login password: hunter2', 'login password: ***'],
    ['Authorization: Bearer abc.def-123', 'Authorization: Bearer ***'],
    ['authorization=Basic dXNlcjpwYXNz', 'authorization=Basic ***'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVm', 'jwt ***'],
    ['key AKIAIOSFODNN7EXAMPLE denied', 'key *** denied'],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENC\nabc\n-----END RSA PRIVATE KEY-----\nnext',
      '-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nnext',
    ],
    ['MIIEpAIBAAKCAQEA1c7ggJ0fFQ0e1QZp3h0aK8zR2l5uWvYbXcDdEeFfGgHhIiJj', '***'],
  ])('masks %j', (line, expected) => {
    expect(maskedLine(line)).toBe(expected);
  });

  it.each([
    'FATAL: password authentication failed for user "app"',
    'invalid password: authentication failed',
    'MountVolume.SetUp failed for volume "token" : secret "db-token" not found',
    '"Secret not found" secret="shop/db"',
    "couldn't find key DB_PASSWORD in Secret shop/db",
    'Bearer authentication required',
    'usage prompt_tokens=512',
    'secret=',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'http://host/path@2x.png',
    '\u001b[31mred\u0000\r',
  ])('leaves %j as it is', (line) => {
    expect(maskedLine(line)).toBe(line);
  });

  it('is linear: megabytes of text made to backtrack do not overflow or hang a detector', () => {
    const million = 1_000_000;
    const texts = [
      'password="',
      '\\a',
      'http://',
      'eyJ-',
      '-----BEGIN PRIVATE KEY-----',
      'token=',
      'authorization: ',
      'token\\"',
      '--token ',
      'a.',
      "secret='\\",
    ];
    for (const text of texts) {
      const long = `password="${text.repeat(million / text.length)}`;
      expect(maskedLine(long).length).toBeLessThanOrEqual(long.length + million);
    }
  });
});

it.each([
  [
    'secret',
    'DB_PASSWORD PGPASSWORD apiKey API_TOKENS AWS_ACCESS_KEY_ID --token client-secret VAULT_SECRET_ID GITHUB_PAT SECRET_KEY_BASE MYSQL_PWD basicAuth',
  ],
  [
    'no secret',
    'TOKEN_TTL SECRET_NAME PASSWORD_FILE KEY AUTHOR MAX_TOKENS AUTH_ENABLED PATH pattern passThrough TOKENIZERS_PARALLELISM compass keyboard',
  ],
])('names that say %s', (says, names) => {
  expect(names.split(' ').filter((name) => saysSecret(name) !== (says === 'secret'))).toEqual([]);
});

const canary = 'Zx9CanaryQ7';
const secretName = fc.constantFrom('DB_PASSWORD', 'apiToken', 'client-secret', 'PGPASSWORD', 'aws_secret_access_key');
const noise = fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/["'\\\n=:@/]/g, ' '));
const spellings: ((name: string) => string)[] = [
  (name) => `${name}=${canary}`,
  (name) => `--${name}=${canary}`,
  (name) => `"${name}":"${canary}"`,
  (name) => `"${name}" : "a ${canary} b"`,
  (name) => `${name}='${canary}'`,
  () => `postgres://app:${canary}@db/x`,
  () => `Authorization: Bearer ${canary}`,
  () => `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`,
];

it('never lets a canary through, wherever and however it is spelled', () => {
  fc.assert(
    fc.property(secretName, fc.constantFrom(...spellings), noise, noise, (name, spell, before, after) => {
      const text = `${before} ${spell(name)} ${after}`;
      const template = { spec: { containers: [{ name: 'a', env: [{ name, value: canary }], args: [`--${name}`, canary, text] }] } };
      const drafts = [
        log(text),
        resource({ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, message: text }),
        resource({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 's', annotations: { 'x/last-applied': canary } },
          data: { any: canary },
        }),
        resource({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'c' },
          data: { [name]: canary, file: `${name}: ${canary}\n${text}` },
        }),
        resource({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { template } }),
        { ...base, kind: 'note', message: text } as RecordDraft,
      ];
      for (const draft of drafts) expect(JSON.stringify(maskRecord(draft, {}))).not.toContain(canary);
    }),
    { numRuns: 300 },
  );
});

it('is idempotent, counts nothing the second time, and keeps shape and every value that is no string', () => {
  const shape = (value: unknown): unknown => {
    if (typeof value === 'string') return 'text';
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(shape);
    return Object.entries(value).map(([key, item]) => [key, shape(item)]);
  };
  const words = fc.oneof(
    fc.string(),
    fc.tuple(secretName, fc.constantFrom(...spellings)).map(([name, spell]) => spell(name)),
  );
  const keys = fc.oneof(secretName, fc.constantFrom('env', 'args', 'name', 'value', 'data', 'password', '__proto__', 'spec'));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      words,
      fc.integer(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.constantFrom('Pod', 'Secret', 'ConfigMap'), tree, words, (kind, spec, message) => {
      for (const draft of [resource({ apiVersion: 'v1', kind, metadata: { name: 'x' }, spec, data: spec }), log(message)]) {
        const once = maskRecord(draft, {});
        const counts = {};
        expect(maskRecord(once, counts)).toBe(once);
        expect(counts).toEqual({});
        expect(shape(once)).toEqual(shape(draft));
      }
    }),
    { numRuns: 400 },
  );
});

it('does not change what it is given', () => {
  const object = pod({ env: [{ name: 'TOKEN', value: 'x1' }] });
  const before = structuredClone(object);
  maskedObject(object);
  expect(object).toEqual(before);
});

it('names its ruleset by a hash', () => {
  expect(maskingRuleset).toMatch(/^[0-9a-f]{64}$/);
});

it('keeps who sent an audited request, but no credential in a name or a user agent', () => {
  const ref = { kind: 'Deployment', namespace: 'shop', name: 'cart', uid: 'd1' };
  const audit = { user: 'alice@example.com', verb: 'patch', userAgent: 'kubectl/v1.36.2', ref, auditID: 'a1' };
  const note = {
    at: '2026-03-01T10:00:00Z',
    atSource: 'received',
    cluster: 'c01',
    stream: 'audit',
    kind: 'note',
    message: 'audit',
  } as const;
  expect(maskRecord({ ...note, audit }, {})).toEqual({ ...note, audit });
  const telling = { user: 'token=Zx9CanaryQ7', impersonatedUser: 'https://u:Zx9CanaryQ7@host', userAgent: 'tool/1 (api_key=Zx9CanaryQ7)' };
  const counts = {};
  expect(JSON.stringify(maskRecord({ ...note, audit: { ...audit, ...telling } }, counts))).not.toContain('Canary');
  expect(counts).toEqual({ 'secret-assignment': 2, 'url-credentials': 1 });
});
