import { qualifiedName, type ServedType } from './resource-types.ts';

/** `Status` of meta/v1, as every API server answers what did not succeed. */
export type Status = {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { continue?: string };
  status: 'Failure';
  message: string;
  reason?: string;
  details?: Record<string, unknown>;
  code: number;
};

/** A request that is answered with a Status. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message);
    this.name = 'StatusError';
    this.status = status;
  }
}

/** A Status of any code; `reason` is one of meta/v1 StatusReason. */
export function failure(
  code: number,
  reason: string,
  message: string,
  more: Partial<Pick<Status, 'details' | 'metadata'>> = {},
): StatusError {
  const { metadata = {}, details } = more;
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata,
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  });
}

/** 400. */
export function badRequest(message: string): StatusError {
  return failure(400, 'BadRequest', message);
}

/** 404 for a path or resource that is not served, in the words of the API server. */
export function unknownResource(): StatusError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', { details: {} });
}

/** 404 for an object: `pods "cart-1" not found`. */
export function notFound(type: Pick<ServedType, 'group' | 'resource'>, name: string): StatusError {
  const details = { name, ...(type.group === '' ? {} : { group: type.group }), kind: type.resource };
  return failure(404, 'NotFound', `${qualifiedName(type)} ${JSON.stringify(name)} not found`, { details });
}

/** 405: nothing can be changed. */
export function readOnly(): StatusError {
  return failure(405, 'MethodNotAllowed', 'this is a recording of a cluster, served read-only: it can be read and watched, not changed', {
    details: {},
  });
}

/** 410, recorded from a kube-apiserver 1.36: `version` is too old to watch from, `current` is the collection's. */
export function expiredWatch(version: bigint, current: bigint): StatusError {
  return failure(410, 'Expired', `too old resource version: ${version} (${current})`);
}

/** 410 for an exact list of long ago. */
export function expiredList(): StatusError {
  return failure(410, 'Expired', 'The resourceVersion for the provided list is too old.');
}

/** 410 for a continue token of long ago; `next` goes on with the objects of now. */
export function expiredContinue(next: string): StatusError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  return failure(410, 'Expired', message, { metadata: { continue: next } });
}

/** 504 for a resourceVersion from the future. */
export function tooLargeVersion(version: bigint, current: bigint): StatusError {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  const details = { causes, retryAfterSeconds: 1 };
  return failure(504, 'Timeout', `Timeout: Too large resource version: ${version}, current: ${current}`, { details });
}

/** 422 for list options that contradict each other. */
export function invalidListOptions(field: string, message: string): StatusError {
  const details = {
    group: 'meta.k8s.io',
    kind: 'ListOptions',
    causes: [{ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field }],
  };
  return failure(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${field}: Forbidden: ${message}`, { details });
}
