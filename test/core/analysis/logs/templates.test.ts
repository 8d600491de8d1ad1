import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskedWords } from '../../../../src/core/analysis/logs/masks.ts';
import { learn, newBook, settled, type Template, templateId, templateLimits } from '../../../../src/core/analysis/logs/templates.ts';

type Line = { message: string; at: number };

function mine(lines: Line[]) {
  const book = newBook();
  const learnt = lines.map((line) => ({ line, template: learn(book, maskedWords(line.message), line.at) }));
  return { book, of: (line: Line) => settled(learnt.find((one) => one.line === line)?.template as Template) };
}

const shown = ({ words, count, firstMs, lastMs, ...rest }: Template) => {
  return { id: templateId({ words, count, firstMs, lastMs, ...rest }), text: words.join(' '), count, firstMs, lastMs };
};

const lines = (...messages: string[]): Line[] => messages.map((message, at) => ({ message, at }));

describe('templates', () => {
  it('are one for lines that differ in a word, and have a wildcard there', () => {
    const said = lines('user ann logged in from web', 'user bob logged in from web', 'user eve logged in from app');
    const { of } = mine(said);
    expect(said.map((line) => shown(of(line)).text)).toEqual(Array(3).fill('user <*> logged in from <*>'));
    expect(of(said[0] as Line).count).toBe(3);
  });

  it('keep apart lines that share little but their level', () => {
    const said = lines('ERROR starting', 'ERROR listening', 'ERROR no route to host', 'ERROR disk is quite full');
    const { of } = mine(said);
    expect(new Set(said.map((line) => of(line))).size).toBe(4);
  });

  it('have an id that depends on their words only', () => {
    const [one, other] = [mine(lines('took 3 ms')), mine(lines('a', 'b c d e', 'took 4 s', 'took 9 ms'))];
    const ids = [one, other].map(({ book }) =>
      [...book.leaves.values()].flatMap(({ shapes }) => [...shapes.values()]).map((shape) => templateId(settled(shape.template))),
    );
    expect(ids[1]).toContain(ids[0]?.[0]);
    expect(ids[0]?.[0]).toMatch(/^[0-9a-f]{12}$/);
  });

  // Few words, so that lines are alike, link each other, and pass the bounds of a leaf and of a length.
  const word = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const line = fc.record({ message: fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' ')), at: fc.nat(1000) });
  const permuted = (all: Line[]) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }));

  it('are the same for every line, with the same ids and counts, in whatever order the lines come', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 2, maxLength: 120 }).chain(permuted), ([one, other]) => {
        const [first, second] = [mine(one), mine(other)];
        for (const each of one) expect(shown(second.of(each))).toEqual(shown(first.of(each)));
      }),
      { numRuns: 200 },
    );
  });

  it('are so too when lines of one length begin in more ways than are told apart', () => {
    const many = Array.from({ length: templateLimits.headsPerLength + 20 }, (_, at) => ({
      message: `head${'x'.repeat(at + 1)} goes on here`,
      at,
    }));
    fc.assert(
      fc.property(permuted(many), ([one, other]) => {
        const [first, second] = [mine(one), mine(other)];
        for (const each of one) expect(shown(second.of(each))).toEqual(shown(first.of(each)));
        expect(shown(first.of(one[0] as Line))).toMatchObject({ text: '<*> goes on here', count: many.length });
      }),
      { numRuns: 20 },
    );
  });

  it('know since when they come without a long silence', () => {
    const hour = 3_600_000;
    const { book } = mine([0, 60_000, hour, hour + 60_000].map((at) => ({ message: 'tick', at })));
    expect(learn(book, ['tick'], hour + 70_000)).toMatchObject({ firstMs: 0, steadyMs: hour, count: 5 });
  });

  it('are bounded whatever is logged', () => {
    const book = newBook();
    const letters = (number: number) => [...String(number)].map((digit) => 'qwertzuiop'[Number(digit)]).join('');
    for (let number = 0; number < 20_000; number += 1) {
      const tail = Array.from({ length: number % 35 }, (_, index) => letters(number * 31 + index));
      learn(book, [letters(number % 97), ...tail], number);
    }
    const kept = [...book.leaves.values()].reduce((sum, { shapes }) => sum + Math.max(1, shapes.size), 0);
    expect(kept).toBeLessThanOrEqual(templateLimits.shapesPerBook);
    expect(book.shapes).toBe(kept);
  });
});
