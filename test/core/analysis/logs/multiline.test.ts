import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockLine, blockLimits, joinMultiline, lastBlockBefore } from '../../../../src/core/analysis/logs/multiline.ts';
import { matchSignature } from '../../../../src/core/analysis/logs/signatures.ts';

const start = Date.parse('2026-01-01T10:00:00Z');

function lines(text: string): BlockLine[] {
  return text.split('\n').map((message, index) => ({ message, seq: index + 1, at: new Date(start + index * 1000).toISOString() }));
}

function heads(text: string): string[] {
  return joinMultiline(lines(text)).map((block) => block.message.split('\n')[0] ?? '');
}

const python = `INFO:root:starting
Traceback (most recent call last):
  File "/app/main.py", line 10, in main
    s = load()
        ^^^^^^
  File "/app/main.py", line 6, in load
    return os.environ["DATABASE_URL"]
KeyError: 'DATABASE_URL'
INFO:root:next`;

const node = `ready
/srv/server.js:2
const brokers = process.env.BROKER_LIST.split(',');
                                        ^

TypeError: Cannot read properties of undefined (reading 'split')
    at Object.<anonymous> (/srv/server.js:2:41)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)

Node.js v20.20.2
listening on 80`;

const go = `{"level":"INFO","msg":"starting"}
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x6921de]

goroutine 1 [running]:
main.(*processor).Process(...)
	/src/main.go:42
main.main()
	/src/main.go:12 +0x1d
exit status 2
{"level":"INFO","msg":"starting"}`;

const java = `2026-01-01 10:00:00,123 ERROR [main] com.shop.Orders - failed
java.lang.IllegalStateException: no stock
	at com.shop.Orders.run(Orders.java:12)
	at com.shop.Main.main(Main.java:3)
Caused by: java.net.ConnectException: Connection refused: db/10.1.2.3:5432
	... 12 more
2026-01-01 10:00:01,123 INFO [main] com.shop.Orders - retry`;

describe('joining lines', () => {
  it('keeps a Python traceback and its last line together', () => {
    const blocks = joinMultiline(lines(python));
    expect(blocks.map(({ lines: own }) => own.length)).toEqual([1, 7, 1]);
    expect(matchSignature(blocks[1]?.message ?? '')).toMatchObject({ id: 'env-missing', fields: { name: 'DATABASE_URL' } });
  });

  it('keeps the report of Node together, from the source line to the version', () => {
    const blocks = joinMultiline(lines(node));
    expect(blocks.map((block) => block.message.split('\n')[0])).toEqual(['ready', '/srv/server.js:2', 'listening on 80']);
    expect(matchSignature(blocks[1]?.message ?? '')?.id).toBe('js-undefined');
  });

  it('keeps a Go panic with its goroutines together', () => {
    expect(heads(go)).toEqual(['{"level":"INFO","msg":"starting"}', expect.stringMatching(/^panic:/), '{"level":"INFO","msg":"starting"}']);
  });

  it('keeps a Java stack with its cause under the logged line', () => {
    const blocks = joinMultiline(lines(java));
    expect(blocks.filter(({ level }) => level === 'error').flatMap(({ lines: own }) => own)).toHaveLength(6);
    expect(heads(java).at(-1)).toContain('INFO');
  });

  it('leaves ordinary lines alone', () => {
    expect(heads('alive\nseeding\ndone\nsnapshot complete')).toHaveLength(4);
  });

  it('starts a new block at the limits', () => {
    const trace = ['panic: x', ...Array.from({ length: 450 }, (_, index) => `\tframe ${index}`)].join('\n');
    const blocks = joinMultiline(lines(trace));
    expect(blocks.length).toBe(3);
    expect(Math.max(...blocks.map((block) => block.lines.length))).toBe(blockLimits.lines);
    const wide = joinMultiline(lines(['panic: x', ...Array.from({ length: 40 }, () => `\t${'y'.repeat(5000)}`)].join('\n')));
    expect(Math.max(...wide.map((block) => block.message.length))).toBeLessThanOrEqual(blockLimits.characters + 5001);
  });

  it('loses no line and keeps their order', () => {
    const piece = fc.constantFrom(
      'Traceback (most recent call last):',
      '  File "a", line 1',
      "KeyError: 'x'",
      'ok',
      '',
      '\tat a.b(C.java:1)',
      '2026-01-01 10:00:00 INFO x',
      'panic: y',
      'goroutine 1 [running]:',
      '/a.js:1',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (messages) => {
        const input = messages.map((message, index) => ({ message, seq: index, at: new Date(start + index).toISOString() }));
        const output = joinMultiline(input);
        expect(output.flatMap((block) => block.lines)).toEqual(input);
        for (const block of output) expect([block.seq, block.lastSeq]).toEqual([block.lines[0]?.seq, block.lines.at(-1)?.seq]);
      }),
    );
  });
});

describe('the last block before an exit', () => {
  it('is the last one that speaks of a failure, not the last line', () => {
    const blocks = joinMultiline(lines(`${python}\nbye`));
    expect(lastBlockBefore(blocks, '2026-01-01T10:01:00Z')?.message).toContain("KeyError: 'DATABASE_URL'");
  });

  it('ignores what came after the exit', () => {
    const blocks = joinMultiline(lines('ERROR: first\nok\nERROR: second'));
    expect(lastBlockBefore(blocks, '2026-01-01T10:00:01.500Z')?.message).toBe('ERROR: first');
    expect(lastBlockBefore(blocks, '2026-01-01T09:00:00Z')).toBeUndefined();
  });

  it('is absent when nothing failed, even if a server said that it listens', () => {
    expect(lastBlockBefore(joinMultiline(lines('starting\nlistening on :8080')), '2026-01-01T11:00:00Z')).toBeUndefined();
  });
});
