import { expect, it } from 'vitest';
import { nearest } from '../../../src/core/model/nearest.ts';

it('the nearest word forgives typing errors, and does not guess', () => {
  const words = ['store', 'rules', 'captures', 'maxSignals'];
  expect(nearest('stor', words)).toBe('store');
  expect(nearest('MAXSIGNAL', words)).toBe('maxSignals');
  expect(nearest('captrues', words)).toBe('captures');
  expect(nearest('quality', words)).toBeUndefined();
  expect(nearest('x', words)).toBeUndefined();
  expect(nearest('store', [])).toBeUndefined();
});
