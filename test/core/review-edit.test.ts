import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editText, parseEdit } from '../../src/core/review-edit.ts';
import { hostileTexts, troubleshootingLabel } from './label-arbitrary.ts';

const label = troubleshootingLabel();

describe('the text that a reviewer edits', () => {
  it('is no edit as it comes, whatever the label says', () => {
    fc.assert(
      fc.property(fc.constantFrom(...hostileTexts), fc.constantFrom(...hostileTexts), (cause, note) => {
        const [item] = label.evidence;
        const hostile = troubleshootingLabel(1, { root_cause: `x${cause}x`, evidence: [{ ...item!, note }] });
        expect(parseEdit(editText(hostile), hostile)).toBeUndefined();
      }),
    );
  });

  it('gives only the fields that changed', () => {
    const text = editText(label).replace('Raise the limit', 'Fix the leak');
    const edits = parseEdit(text, label);
    expect(Object.keys(edits ?? {})).toEqual(['resolution']);
    expect(edits?.resolution?.steps[0]?.action).toBe('Fix the leak');
  });

  it.each([
    ['no YAML', 'root_cause: [', /fit: /],
    ['nothing', '', /the document/],
    ['no YAML', 'root_cause: [', /fit: .* at line 1, column \d+$/],
    ['a cause that is empty', editText(label).replace(/root_cause: .*/, 'root_cause: ""'), /root_cause/],
    ['a field that is none', `${editText(label)}severity: low\n`, /severity/],
    ['a risk that is none', editText(label).replace('risk: low', 'risk: tiny'), /resolution\.steps\.0\.risk/],
    ['evidence that is not there', editText(label).replace('- e1', '- e7'), /cites e7, expected one of e1/],
    ['an alias bomb', 'a: &a [x]\nroot_cause: *a\nresolution: *a\n', /fit: /],
  ])('is refused where it is %s, naming the place', (_title, text, message) => {
    expect(() => parseEdit(text, label)).toThrow(
      expect.objectContaining({ code: 'EDIT_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
