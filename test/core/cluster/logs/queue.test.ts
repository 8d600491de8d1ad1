import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { queueOf } from '../../../../src/core/cluster/logs/queue.ts';

describe('a queue', () => {
  it('holds producers back while it is full, and keeps the order of each', async () => {
    const queue = queueOf<string>(4);
    let pushed = 0;
    const produce = async (name: string) => {
      for (let index = 0; index < 50; index += 1) {
        await queue.push(`${name}${index}`);
        pushed += 1;
      }
    };
    const producers = Promise.all([produce('a'), produce('b'), produce('c')]);
    await turn();
    expect(pushed).toBeLessThanOrEqual(6);
    const found: string[] = [];
    for await (const item of queue.items()) {
      found.push(item);
      expect(pushed - found.length).toBeLessThanOrEqual(12);
      if (found.length === 150) queue.close();
    }
    await producers;
    for (const name of ['a', 'b', 'c']) {
      expect(found.filter((item) => item.startsWith(name))).toEqual(Array.from({ length: 50 }, (_, index) => `${name}${index}`));
    }
  });

  it('gives what is left after it was closed, and lets waiting producers go', async () => {
    const queue = queueOf<number>(1);
    await queue.push(1);
    const late = queue.push(2);
    queue.add(3);
    queue.close();
    await late;
    const found: number[] = [];
    for await (const item of queue.items()) found.push(item);
    expect(found).toEqual([1, 3, 2]);
  });
});
