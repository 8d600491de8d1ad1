import type { Label, LabelRelationship } from '../model/label.ts';
import { stableId } from './provenance.ts';

/** What must be known of a label to say how a later one relates to it. */
export type RelatedLabel = Pick<Label, 'id' | 'reason'>;

/** The newest stored label of each object, by kind, namespace and name. */
export type StoredLabels = { get(key: string): RelatedLabel | undefined; set(key: string, label: RelatedLabel): unknown };

/**
 * How a label that is being stored relates to the one before it about the same object: `recurrence` of the same reason, `same_resource`
 * for another one or for sizing. Remembers the label.
 */
export function relationshipsOf(label: Label, stored: StoredLabels): LabelRelationship[] {
  const key = `${label.cluster_id}/${label.resource.kind}/${label.resource.namespace}/${label.resource.name}`;
  const before = stored.get(key);
  stored.set(key, { id: label.id, reason: label.reason });
  if (before === undefined) return [];
  return [
    {
      id: stableId(label.capture_id, 'relationship', `${label.id}/${before.id}`),
      source_label_id: label.id,
      target_label_id: before.id,
      relationship_type: before.reason === label.reason ? 'recurrence' : 'same_resource',
      metadata: { source_reason: label.reason, target_reason: before.reason },
    },
  ];
}
