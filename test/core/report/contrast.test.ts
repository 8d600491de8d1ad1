import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const style = readFileSync(new URL('../../../templates/report/style.css', import.meta.url), 'utf8');
const colours = new Map(
  [...style.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(([, name, light, dark]) => [name, { light, dark }]),
);

/** Relative luminance of sRGB, WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

/** `name on ground: ratio` of every pair that is below a ratio, in one of the two schemes. */
function below(ratio: number, names: string[], grounds: string[]): string[] {
  return (['light', 'dark'] as const).flatMap((scheme) =>
    names.flatMap((name) =>
      grounds.flatMap((ground) => {
        const found = contrast(colours.get(name)?.[scheme] ?? '', colours.get(ground)?.[scheme] ?? '');
        return found >= ratio ? [] : [`${scheme}: ${name} on ${ground}: ${found.toFixed(2)}`];
      }),
    ),
  );
}

describe('colours of a page', () => {
  it('are computed as WCAG does', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });

  it('of texts have a contrast of 4.5 to what they stand on, in both schemes', () => {
    expect(below(4.5, ['text', 'dim'], ['ground', 'card', 'stripe', 'accent-soft', 'code'])).toEqual([]);
    expect(below(4.5, ['accent'], ['ground', 'card', 'accent-soft'])).toEqual([]);
    expect(below(4.5, ['critical', 'high', 'medium', 'low', 'info', 'accept', 'hold'], ['card', 'stripe', 'accent-soft'])).toEqual([]);
  });

  it('of bars, marks and the like have a contrast of 3 to what they stand on, in both schemes', () => {
    const marks = ['review', 'event', 'status', 'log', 'change', 'other', 'train', 'validation', 'test'];
    expect(below(3, marks, ['card', 'stripe'])).toEqual([]);
  });

  it('are all known here: a new one is held to these ratios too', () => {
    const grounds = ['ground', 'card', 'stripe', 'line', 'accent-soft', 'code'];
    const held = ['text', 'dim', 'accent', 'critical', 'high', 'medium', 'low', 'info', 'accept', 'hold'];
    const marks = ['review', 'event', 'status', 'log', 'change', 'other', 'train', 'validation', 'test'];
    expect([...colours.keys()].sort()).toEqual([...grounds, ...held, ...marks].sort());
  });
});
