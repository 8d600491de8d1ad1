import fc from 'fast-check';
import { expect, it } from 'vitest';
import { captureDirName } from '../../../src/core/captures.ts';
import { portableName } from '../../../src/core/model/path.ts';

it.each([
  ['a name of Kubernetes as it is', 'cart-7d9c_app.log', 'cart-7d9c_app.log'],
  ['a colon, which names a stream on Windows', 'pod:app.log', 'pod%3Aapp.log'],
  ['a backslash, which separates folders there', 'a\\b', 'a%5Cb'],
  ['a dot or a space at the end, which Windows drops', 'logs.', 'logs%2E'],
  ['a device, with or without an extension', 'con.yaml', '%63on.yaml'],
  ['a name that only begins like a device', 'console.log', 'console.log'],
])('encodes %s', (_, name, expected) => {
  expect(portableName(name)).toBe(expected);
});

it('keeps different names different, and every system takes them', () => {
  const name = fc.string({
    unit: fc.constantFrom('a', 'N', 'U', 'L', 'c', 'o', 'n', '.', ' ', ':', '%', '3', 'A', '\\', '\u0007', 'é'),
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(name, name, (one, other) => {
      expect(portableName(one)).toMatch(/^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[^<>:"|?*\\\p{Cc}]*[^<>:"|?*\\\p{Cc}. ]$/iu);
      if (one !== other) expect(portableName(one)).not.toBe(portableName(other));
    }),
  );
});

it.each([
  ['prod', 'prod-20260131T120000Z'],
  ['arn:aws:eks:eu-west-1:1/prod', 'arn-aws-eks-eu-west-1-1-prod-20260131T120000Z'],
  ['aux.example.org', '%61ux.example.org-20260131T120000Z'],
  ['../..', 'cluster-20260131T120000Z'],
  ['x'.repeat(300), `${'x'.repeat(100)}-20260131T120000Z`],
])('the capture of cluster %s goes into a folder that every system takes', (cluster, folder) => {
  expect(captureDirName(cluster, '2026-01-31T12:00:00.123Z')).toBe(folder);
});
