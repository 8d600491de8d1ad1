import type { KubernetesObject } from '../model/resource.ts';

/** What kubectl's typed clients put before an object (`k8s` and a zero byte), then a `runtime.Unknown`. */
const magic = Buffer.from('k8s\0');

/** Numbers of the length-delimited fields that a review can ask with, from k8s.io/api/authorization/v1/generated.proto. */
const specFields = { resourceAttributes: 1, nonResourceAttributes: 2 };
const resourceFields = { namespace: 1, verb: 2, group: 3, version: 4, resource: 5, subresource: 6, name: 7 };
const nonResourceFields = { path: 1, verb: 2 };

/** Whether bytes are an object in Kubernetes' protobuf encoding. */
export function isProtobuf(bytes: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

/** The spec of a SelfSubjectAccessReview as it would be in JSON. Throws RangeError if it is cut off. */
export function reviewFromProtobuf(bytes: Buffer): KubernetesObject {
  const raw = fieldsIn(bytes.subarray(magic.length)).get(2) ?? Buffer.alloc(0);
  const spec = fieldsIn(fieldsIn(raw).get(2) ?? Buffer.alloc(0));
  const resource = spec.get(specFields.resourceAttributes);
  const nonResource = spec.get(specFields.nonResourceAttributes);
  return {
    spec: {
      ...(resource === undefined ? {} : { resourceAttributes: texts(resource, resourceFields) }),
      ...(nonResource === undefined ? {} : { nonResourceAttributes: texts(nonResource, nonResourceFields) }),
    },
  };
}

function texts(bytes: Buffer, names: Record<string, number>): Record<string, string> {
  const fields = fieldsIn(bytes);
  return Object.fromEntries(Object.entries(names).map(([name, number]) => [name, fields.get(number)?.toString('utf8') ?? '']));
}

/** The length-delimited fields of a message by number; of repeated ones the last. */
function fieldsIn(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = bytes[at];
      if (byte === undefined) break;
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('the message ends inside a number');
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag % 8;
    const length = wire === 2 ? varint() : wire === 1 ? 8 : wire === 5 ? 4 : 0;
    if (wire === 0) varint();
    if (wire > 2 && wire !== 5) throw new RangeError('an unknown kind of field');
    if (at + length > bytes.length) throw new RangeError('the message ends inside a field');
    if (wire === 2) fields.set(Math.floor(tag / 8), bytes.subarray(at, at + length));
    at += length;
  }
  return fields;
}
