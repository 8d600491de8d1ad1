import { describe, expect, it } from 'vitest';

type Mark = { x: number; end: number; kind: string; ids: string[]; parts: unknown[]; level?: number };

const from = (name: string) => import(new URL(`../../../templates/report/${name}.js`, import.meta.url).href);
const { barWidth, share } = await from('charts');
const { grouped, span, bandAt } = await from('format');
const { sortedRules } = await from('rules');
const { axisTicks, besideLine, laneName, placedMarks, timelineLayout } = await from('timeline');

describe('bars', () => {
  it('are as long as their count, and what is there at all is visible', () => {
    expect([0, 1, 50, 100].map((count) => barWidth(count, 100))).toEqual([0, 1, 50, 100]);
    expect(barWidth(1, 1_000_000)).toBe(0.8);
  });

  it('have shares that do not say nothing of a few', () => {
    expect([share(0, 0), share(1, 8), share(1, 10_000)]).toEqual(['0.0 %', '12.5 %', '< 0.1 %']);
  });
});

describe('numbers', () => {
  it('are written the same in every country', () => {
    expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([0, 59, 75, 3600, 90_061].map(span)).toEqual(['0 s', '59 s', '1 min 15 s', '1 h', '1 d 1 h']);
  });

  it('fall into the band that they reach', () => {
    const bands = [
      { band: 'accept', from: 0.85 },
      { band: 'hold', from: 0 },
    ]; // prettier-ignore
    expect([0.85, 0.84].map((score) => bandAt(score, bands))).toEqual(['accept', 'hold']);
  });
});

describe('the table of rules', () => {
  it('sorts by any column both ways, equal ones by id, what has no value last when the largest come first', () => {
    const rules = [
      { id: 'B', votes: 1, meanConfidence: null },
      { id: 'C', votes: 3, meanConfidence: 0.5 },
      { id: 'A', votes: 1, meanConfidence: 0.9 },
    ]; // prettier-ignore
    const ids = (column: string, descending: boolean) =>
      sortedRules(rules, column, descending)
        .map(({ id }: { id: string }) => id)
        .join(''); // prettier-ignore
    expect([ids('votes', true), ids('votes', false), ids('id', true), ids('meanConfidence', true)]).toEqual(['CAB', 'ABC', 'CBA', 'ACB']);
  });
});

describe('the name of the cause', () => {
  it('stands beside its line, and within the picture whatever its length', () => {
    expect(besideLine(100, 20, 800)).toEqual({ x: 96, 'text-anchor': 'start' });
    expect(besideLine(700, 20, 800)).toEqual({ x: 704, 'text-anchor': 'end' });
    for (const x of [20, 150, 176, 290]) {
      for (const letters of [8, 23, 30]) {
        const { x: at, 'text-anchor': anchor } = besideLine(x, letters, 300);
        const [from, to] = anchor === 'end' ? [at - letters * 8, at] : [at, at + letters * 8];
        expect([from >= 0, to <= 300], `${x} ${letters}`).toEqual([true, true]);
      }
    }
  });
});

describe('the axis of a timeline', () => {
  it.each([0, 1, 59, 600, 86_400, 50_000_000])('over %i seconds has few ticks, at even steps from the start', (seconds) => {
    const ticks: number[] = axisTicks(seconds, 8);
    expect(ticks.length).toBeLessThanOrEqual(9);
    expect(ticks[0]).toBe(0);
    expect(ticks.at(-1)).toBeLessThanOrEqual(seconds);
    expect(new Set(ticks.slice(1).map((tick, index) => tick - ticks[index]!)).size).toBeLessThanOrEqual(1);
  });
});

describe('marks of a lane', () => {
  const mark = (x: number, kind: string, ids: string[] = []): Mark => ({ x, end: x, kind, ids, parts: [x] });

  it('become one if they are of a kind and would cover each other', () => {
    const { placed, levels } = placedMarks([mark(10, 'event', ['e1']), mark(14, 'event', ['e2']), mark(300, 'event')]);
    expect(placed.map(({ ids, parts }: Mark) => [ids, parts.length])).toEqual([
      [['e1', 'e2'], 2],
      [[], 1],
    ]); // prettier-ignore
    expect(levels).toBe(1);
  });

  it('stand above each other if they are of several kinds', () => {
    const { placed, levels } = placedMarks([mark(10, 'event'), mark(12, 'log'), mark(13, 'status')]);
    expect(placed.map(({ level }: Mark) => level)).toEqual([0, 1, 2]);
    expect(levels).toBe(3);
  });
});

describe('the name of a lane', () => {
  it('has the namespace only where it is not that of the culprit, and the end of what is too long', () => {
    const culprit = 'Service shop/cart';
    expect(laneName(culprit, culprit)).toEqual({ kind: 'Service', name: 'shop/cart' });
    expect(laneName('Pod shop/cart-1', culprit)).toEqual({ kind: 'Pod', name: 'cart-1' });
    expect(laneName('Pod bank/cart-1', culprit)).toEqual({ kind: 'Pod', name: 'bank/cart-1' });
    expect(laneName('Node node-1', 'Node node-1')).toEqual({ kind: 'Node', name: 'node-1' });
    expect(laneName(`Pod shop/${'x'.repeat(40)}1`, culprit).name).toBe(`…${'x'.repeat(25)}1`);
    expect(laneName('Pod shop/cart-7d9f-x2x4z', culprit, 10).name).toBe('…d9f-x2x4z');
  });
});

describe('a timeline', () => {
  const picture = {
    lanes: ['ConfigMap shop/cart', 'Pod shop/cart-1'],
    marks: [
      [1, 0, 'event', 'starts', 1, 0, [], 0],
      [1, 60, 'log', 'fails', 5, 600, ['e1'], 0],
      [0, -30, 'spec', 'says so', 1, -30, ['e2'], 1],
    ],
    cause: 2,
  };

  it('lies within its width, lanes below each other, standing facts beside the time axis', () => {
    const { rows, ticks, causing, right, height } = timelineLayout(picture, 900);
    expect(rows[1].y).toBe(rows[0].y + rows[0].height);
    expect(height).toBeGreaterThan(rows[1].y + rows[1].height);
    expect(causing.ids).toEqual(['e2']);
    expect(causing.x).toBeGreaterThan(right);
    expect(rows[1].marks.map(({ end }: Mark) => end).every((x: number) => x <= right)).toBe(true);
    for (const { x } of ticks) expect(x).toBeLessThanOrEqual(right);
  });

  it('gives names less room where there is little', () => {
    const [narrow, wide] = [480, 900].map((width) => timelineLayout(picture, width).ticks[0].x);
    expect(narrow).toBeLessThan(wide - 60);
  });

  it('of one moment only has one tick', () => {
    const { ticks } = timelineLayout({ ...picture, marks: [picture.marks[0]], cause: -1 }, 900);
    expect(ticks).toHaveLength(1);
  });
});
