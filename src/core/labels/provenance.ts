import { uuid5 } from '../model/uuid.ts';

/** Where labels come from: what makes their ids and their provenance. */
export type Provenance = {
  captureId: string;
  toolVersion: string;
  rulesVersion: string;
  qualityVersion: string;
  clusterNames: ReadonlyMap<string, string>;
};

/** The namespace of all label ids (RFC 9562 UUIDv5). */
const labelNamespace = 'b6a9c1d2-5a39-5d0e-9f3b-0d6f7f7b7c11';

/** The UUIDv5 of (capture id, kind of thing, key): the same input gives the same id, on every machine. */
export function stableId(captureId: string, type: string, key: string): string {
  return uuid5(`${captureId}/${type}/${key}`, labelNamespace);
}
