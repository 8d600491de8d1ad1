import type { DatasetFacts, WrittenFile } from '../consumers/consumer.ts';

/** Croissant 1.1 metadata of the dataset: what it is, and each file with its checksum (mlcommons.org/croissant/1.1). */
export function croissant(files: readonly WrittenFile[], facts: DatasetFacts): object {
  return {
    '@context': {
      '@vocab': 'https://schema.org/',
      cr: 'http://mlcommons.org/croissant/',
      sc: 'https://schema.org/',
      dct: 'http://purl.org/dc/terms/',
    },
    '@type': 'Dataset',
    'dct:conformsTo': 'http://mlcommons.org/croissant/1.1',
    name: facts.name,
    description: 'Incidents of Kubernetes clusters with their cause, proof and fix, made from recordings by rules.',
    license: 'https://spdx.org/licenses/NONE',
    url: `urn:uuid:${facts.id}`,
    creator: { '@type': 'Organization', name: facts.tool },
    datePublished: facts.newest.slice(0, 10),
    version: facts.id,
    distribution: files.map(({ file, sha256, bytes }) => ({
      '@type': 'cr:FileObject',
      '@id': file,
      name: file,
      contentUrl: file,
      contentSize: `${bytes} B`,
      encodingFormat: encodings[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
      sha256,
    })),
  };
}

const encodings: Readonly<Record<string, string>> = {
  parquet: 'application/vnd.apache.parquet',
  jsonl: 'application/jsonlines',
  json: 'application/json',
};
