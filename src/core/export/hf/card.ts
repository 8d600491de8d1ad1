import { splitNames } from '../../model/training.ts';
import type { DatasetFacts, WrittenFile } from '../consumers/consumer.ts';
import { hfViews } from './views.ts';

/** The dataset card: the header that `load_dataset` reads (Parquet configs only), then the sections of the Hub's template. */
export function card(files: readonly WrittenFile[], facts: DatasetFacts): string {
  return [...header(files, facts), '', ...body(files, facts), ''].join('\n');
}

function header(files: readonly WrittenFile[], facts: DatasetFacts): string[] {
  const rows = files.filter(({ file }) => file.startsWith('chat/')).reduce((sum, file) => sum + file.rows, 0);
  const configs = hfViews.flatMap((view) => {
    const splits = splitNames.filter((split) => files.some((file) => file.file.startsWith(`${view}/`) && file.split === split));
    return splits.length === 0 ? [] : [{ view, splits }];
  });
  return [
    '---',
    'license: other',
    'language: [en]',
    `pretty_name: ${JSON.stringify(facts.name)}`,
    `size_categories: [${sizeCategory(rows)}]`,
    'task_categories: [text-generation, question-answering]',
    `annotations_creators: [machine-generated${facts.reviewed.accepted > 0 ? ', expert-generated' : ''}]`,
    'source_datasets: [original]',
    'tags: [kubernetes, sre, troubleshooting]',
    'configs:',
    ...configs.flatMap(({ view, splits }, index) => [
      `- config_name: ${view}`,
      ...(index === 0 ? ['  default: true'] : []),
      '  data_files:',
      ...splits.map((split) => `  - {split: ${split}, path: ${view}/${split}-*.parquet}`),
    ]),
    '---',
  ];
}

const sizes: readonly [number, string][] = [
  [1e3, 'n<1K'],
  [1e4, '1K<n<10K'],
  [1e5, '10K<n<100K'],
  [1e6, '100K<n<1M'],
  [1e7, '1M<n<10M'],
];

function sizeCategory(rows: number): string {
  return sizes.find(([limit]) => rows < limit)?.[1] ?? '10M<n<100M';
}

function body(files: readonly WrittenFile[], facts: DatasetFacts): string[] {
  const { proof, splits } = facts;
  return [
    `# ${facts.name.replace(/[#<>\n]/g, ' ')}`,
    '',
    'Incidents of Kubernetes clusters with their cause, proof and fix, made from recordings by rules whose every statement cites a recorded fact.',
    '',
    '## Dataset details',
    '',
    `- ${facts.labels} labels from ${count(facts.captures, 'recording')} of ${count(facts.clusters, 'cluster')}; dataset id \`${facts.id}\`, made by ${facts.tool}`,
    `- Skills: ${list(facts.skills)}`,
    `- Preference pairs: ${list(facts.pairs) || 'none'}`,
    `- Reasons: ${list(facts.reasons)}`,
    `- Quality of the labels (0 to 1, by rule): mean ${facts.quality.mean}, lowest ${facts.quality.lowest}`,
    '',
    '## Uses',
    '',
    'Fine-tuning and evaluating language models that diagnose Kubernetes: `prompt_completion` for supervised training, `preference` for preference',
    'training, `chat_tools` for agents, `labels` for everything else. The same rows in the shapes of other trainers stand in `formats/`.',
    'Not for unattended changes of a cluster: plans are advice, and commands hold placeholders.',
    '',
    '## Dataset structure',
    '',
    '| file | rows |',
    '|---|---|',
    ...files.map(({ file, rows }) => `| \`${file}\` | ${rows} |`),
    '',
    '| split | labels | groups |',
    '|---|---|---|',
    ...splitNames.flatMap((name) => {
      const split = splits[name];
      return split === undefined ? [] : [`| ${name} | ${split.labels} | ${split.groups} |`];
    }),
    '',
    'A group holds all labels of an incident, of a workload, and near-duplicates of them; it stands in one split. Checked after writing:',
    `${count(proof.sharedGroups, 'group')} in more than one split, ${count(proof.equalPrompts, 'equal prompt')} in two splits, and the most alike labels of`,
    `different splits have a similarity of ${proof.highestSimilarity} (limit ${proof.similarityLimit}; ${proof.method} compared).`,
    '',
    '## Dataset creation',
    '',
    '- Source data: what a Kubernetes API server and its logs and metrics said, as recorded or imported.',
    '- Annotations: by rules that claim a cause on evidence of its mechanism, and abstain otherwise. Each piece of evidence names a record, a',
    '  field and the value there, and was looked up again. Prompts show only what was known when the cause could be proven.',
    `- Reviewed by people: ${reviewedText(facts)}.`,
    '',
    '## Personal and sensitive information',
    '',
    `Secrets were masked before anything was written (${list(facts.masked) || 'nothing had to be'}), and every row was searched for credentials again when`,
    'it was exported. Names of namespaces, workloads, nodes and images, and lines of logs, are the real ones: read some before you publish them.',
    '',
    '## Bias, risks and limitations',
    '',
    'The set has the faults that happened, not all that can happen. What no rule knows is labelled `Inconclusive` or not at all. Texts are made',
    'from templates, so their wording is narrower than that of people.',
    '',
  ];
}

function reviewedText({ labels, reviewed: { accepted, edited, rejected, disputed } }: DatasetFacts): string {
  if (accepted + rejected + disputed === 0) return 'no';
  const anew = `; of ${edited} of them, examples say what a reviewer wrote instead (column \`edits\` of the view \`labels\`)`;
  const against = rejected + disputed === 0 ? '' : `; ${rejected} were rejected and ${disputed} disputed`;
  return `${accepted} of ${count(labels, 'label')} were accepted${edited === 0 ? '' : anew}${against}`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .map(([name, rows]) => `${name} ${rows}`)
    .join(', ');
}
