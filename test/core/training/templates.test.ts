import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { skillNames } from '../../../src/core/model/training.ts';
import { defaultTemplateFile, loadTemplates, parseTemplates } from '../../../src/core/templates.ts';
import { chosen, filled } from '../../../src/core/training/templates.ts';

describe('a wording', () => {
  it('is filled in once: what is filled in is not looked at again', () => {
    expect(filled('{a} and {b}', { a: '{b}', b: 'x' })).toBe('{b} and x');
  });

  it('loses lines of which nothing is left', () => {
    expect(filled('Cause: {cause}\n{missing}\nNext: {missing} {command}', { cause: 'c', command: 'k' })).toBe('Cause: c\nNext:  k');
  });

  it('is chosen by the label alone', () => {
    const ways = ['a', 'b', 'c'];
    const labels = Array.from({ length: 60 }, (_, index) => `label-${index}`);
    expect(labels.map((label) => chosen(label, 'x', ways))).toEqual(labels.map((label) => chosen(label, 'x', ways)));
    expect(new Set(labels.map((label) => chosen(label, 'x', ways).text)).size).toBe(3);
  });
});

describe('the bundled templates', () => {
  it('have several wordings for each question', async () => {
    const { templates } = await loadTemplates();
    for (const skill of skillNames) expect(templates.skills[skill].prompt?.length, skill).toBeGreaterThan(1);
  });
});

describe('templates of users', () => {
  const changed = async (from: string, to: string) => (await readFile(defaultTemplateFile, 'utf8')).replace(from, to);

  it.each([
    [
      'an unknown name',
      '{symptom} What is',
      '{sympton} What is',
      /my\.yaml:\d+:\d+: skills\.diagnose\.prompt\.0: unknown name \{sympton\}, did you mean \{symptom\}\?/,
    ],
    [
      'a name where there are none',
      'Restart the affected pods and watch',
      'Restart {workload} and watch',
      /pairs\.filler\.0: unknown name \{workload\}, there are no names here/,
    ],
    ['a missing skill', '  size:', '  sized:', /my\.yaml:\d+:\d+: skills/],
    ['no wording', 'version: 1', 'version: 2', /my\.yaml:\d+:\d+: version/],
    ['broken YAML', 'skills:', 'skills: [', /my\.yaml:\d+:\d+: /],
  ])('are refused with file and line: %s', async (_, from, to, message) => {
    const text = await changed(from, to);
    expect(() => parseTemplates(text, 'my.yaml')).toThrow(message);
  });

  it('that cannot be read are named', async () => {
    await expect(loadTemplates('/nowhere/my.yaml')).rejects.toMatchObject({ code: 'TEMPLATES_UNREADABLE', exitCode: 2 });
  });
});
