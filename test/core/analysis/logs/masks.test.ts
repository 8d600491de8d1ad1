import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlaceholder, maskedWords, podStem } from '../../../../src/core/analysis/logs/masks.ts';

const text = (message: string) => maskedWords(message).join(' ');

describe('maskedWords', () => {
  it.each([
    ['times of many kinds', '2026-01-01T10:00:00.123Z up', '<time> up'],
    ['times with a space', '2026-01-01 10:00:00,123 up', '<time> up'],
    ['the time of an access log', '[23/Nov/2026:21:39:31 +0000] up', '<time> up'],
    ['the time of syslog', 'Jan  1 10:00:00 host up', '<time> <num> <time> host up'],
    ['uuids', 'order 3f2b8c1e-0a1b-4c2d-8e3f-0123456789ab done', 'order <uuid> done'],
    ['addresses with port', 'dial tcp 10.96.0.1:443: refused', 'dial tcp <ip> refused'],
    ['IPv6', 'from [fd00:10::1]:443', 'from <ip> <num>'],
    ['hexadecimal numbers', 'commit 4b825dc at 0xc0001', 'commit <hex> at <hex>'],
    ['numbers with units', 'took 12.5ms for 1,024 rows and 3GiB at 45%', 'took <num> for <num> rows and <num> at <num>'],
    ['durations', 'timeout after 1m30.5s', 'timeout after <num>'],
    ['lists of numbers of any length', 'ids [1, 2, 3]', 'ids <num>'],
    ['paths', 'open /var/lib/app/x.json: no such file', 'open <path> no such file'],
    ['source places', 'at main (src/net/io.rs:12:4)', 'at main <path>'],
    ['URLs', 'GET https://shop.example.com/a?b=1 failed', 'GET <url> failed'],
    ['mail addresses', 'sent to ann.b+c@example.com', 'sent to <email>'],
    ['quoted values', 'relation "orders" of role \'app\' missing', 'relation <quoted> of role <quoted> missing'],
    ['no quoted sentences', 'err="no such host"', 'err no such host'],
    ['names of pods', 'pod web-7c9d8f6b54-x2k4p restarted', 'pod web-<pod> restarted'],
    ['names of daemon pods', 'agent-x2k4p gone', 'agent-<pod> gone'],
    ['base64', 'token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 refused', 'token <base64> refused'],
    ['image digests', 'pulled web@sha256:0123456789abcdef', 'pulled <digest>'],
    ['ports behind a name', 'connect cache:6379', 'connect cache:<n>'],
    ['numbers inside of words', 'worker-17 stopped', 'worker-<n> stopped'],
    ['nothing of error codes', 'ORA-00942 and E11000 and AH00037', 'ORA-00942 and E11000 and AH00037'],
    ['the class of an HTTP status only', '"GET /x HTTP/1.1" 503 12', 'GET <path> HTTP/1.1 5xx <num>'],
    [
      'all of a klog head but its letter',
      'E0101 10:00:00.1 7 a.go:5] "Sync failed" err="EOF"',
      'E <time> <num> a.go:<n> Sync failed err <quoted>',
    ],
  ])('knows %s', (_, message, masked) => {
    expect(text(message)).toBe(masked);
  });

  it.each([
    ['JSON', '{"ts":1,"level":"error","msg":"no price for item 7","item":7}', 'error no price for item <num>'],
    ['a nested error', '{"level":50,"error":{"type":"TypeError","message":"x is undefined"}}', 'TypeError x is undefined'],
    ['logfmt', 'ts=2026-01-01T10:00:00Z level=warn msg="slow query" took=3s err="timeout 3s"', 'warn slow query timeout <num>'],
    ['JSON without a message by its field names', '{"path":"/x","status":500}', 'path status'],
  ])('reads what %s says', (_, message, masked) => {
    expect(text(message)).toBe(masked);
  });

  it('reads through CRI prefixes and terminal colours', () => {
    expect(text('2026-01-01T10:00:00.123456789Z stderr F \u001b[31mboom\u001b[0m 7')).toBe('boom <num>');
  });

  it('is the same for a sentence whatever the values in it', () => {
    const value = fc.tuple(
      fc.uuid(),
      fc.ipV4(),
      fc.nat(),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
      fc.emailAddress(),
    );
    const sentence = ([id, ip, number, date, mail]: [string, string, number, Date, string]) =>
      text(`${date.toISOString()} WARN request ${id} of ${mail.replace(/[^\w@.-]/g, 'x')} from ${ip} took ${number}ms`);
    fc.assert(
      fc.property(value, (values) => {
        expect(sentence(values)).toBe('<time> WARN request <uuid> of <email> from <ip> took <num>');
      }),
    );
  });

  it('gives at most 40 words, none of them empty or with a space, and never throws', () => {
    const pieces = fc.constantFrom(
      '"',
      "'",
      '{',
      '}',
      '=',
      'a',
      '1',
      ' ',
      '/',
      '@',
      ':',
      '.',
      '-',
      'msg=',
      '0x',
      '\\',
      '\n',
      '<',
      'é',
      '\u2003',
    );
    const line = fc.oneof(
      fc.string({ maxLength: 900, unit: 'binary' }),
      fc.array(pieces, { maxLength: 900 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(line, (message) => {
        const words = maskedWords(message);
        expect(words.length).toBeLessThanOrEqual(40);
        expect(words.filter((word) => word === '' || word.includes(' '))).toEqual([]);
      }),
    );
  });

  it('cannot be told a placeholder by a line', () => {
    expect(maskedWords('a <num> b').some(isPlaceholder)).toBe(false);
  });

  it('gets through 100 kB of anything that repeats, which quadratic patterns would not within the time limit of a test', () => {
    for (const piece of ['"', "'a ", '1.', '1h', 'a1-', 'A1a', '-x2k4p', '::', '/a1', '{"a":', 'msg="', '@a.', '0x', '[[1', '\\"']) {
      expect(maskedWords(piece.repeat(100_000 / piece.length)).length).toBeLessThanOrEqual(40);
    }
  });
});

describe('podStem', () => {
  it.each([
    ['web-7c9d8f6b54-x2k4p', 'web'],
    ['web-7c9d8f6b54-kxqzp', 'web'],
    ['agent-x2k4p', 'agent'],
    ['db-0', 'db'],
    ['backup-29384756-x2k4p', 'backup'],
    ['web', 'web'],
  ])('of %s is %s', (pod, stem) => {
    expect(podStem(pod)).toBe(stem);
  });
});
