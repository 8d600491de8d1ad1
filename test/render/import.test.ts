import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { importCapture } from '../../src/core/import.ts';
import { renderImport } from '../../src/render/import.ts';
import { textWidth } from '../../src/render/text.ts';
import { folder, pod } from '../core/importers/folder.ts';

async function pageOf(width: number, out: string) {
  const files = { 'a.json': JSON.stringify(pod('web', 1, '2026-03-01T10:00:00Z')), 'b.json': '{}', 'c.log': 'x', 'd.bin': 'x' };
  const result = await importCapture([folder(files)], { out });
  return stripVTControlCharacters(renderImport(result, 'k8s-labeler', width)).split('\n');
}

describe('what an import made', () => {
  it('has every reason for which something was ignored, a line each', async () => {
    const page = await pageOf(100, `${folder()}/c`);
    const at = page.findIndex((line) => line.startsWith('ignored'));
    expect(page.slice(at, at + 3).map((line) => line.slice(10))).toEqual([
      '1 document without apiVersion, kind and name',
      '1 log of no pod',
      '1 file that is neither JSON, YAML nor a pod log',
    ]);
  });

  it('keeps to the width of a narrow terminal, but never cuts the path of the capture', async () => {
    const out = `${folder()}/${'deep/'.repeat(45)}c`;
    const page = await pageOf(40, out);
    expect([page[0], page.at(-1)]).toEqual([`capture   ${out}`, `next: k8s-labeler generate ${out}`]);
    expect(page.slice(1, -1).filter((line) => textWidth(line) > 40)).toEqual([]);
  });
});
