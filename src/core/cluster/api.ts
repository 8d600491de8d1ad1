import type { IncomingHttpHeaders } from 'node:http';

/** A read request. `path` begins with `/`; undefined query values are left out. Timeouts are milliseconds of real time. */
export type ApiRequest = {
  /** POST only for the reviews of one's own rights and name (SelfSubjectAccessReview, SelfSubjectReview), which change nothing. */
  method?: 'GET' | 'POST';
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  accept?: string;
  body?: unknown;
  signal?: AbortSignal;
  /** Until the answer's headers: default 30,000. */
  headersTimeoutMs?: number;
  /** Without any byte of the body: default 60,000. A watch sets its own. */
  idleTimeoutMs?: number;
};

/**
 * An answer. `body` is decompressed, read at the pace of its consumer (TCP holds the server back), and ends early with an ApiFailure
 * when the connection breaks or falls silent. Leaving the loop, or `close`, closes the connection.
 */
export type ApiResponse = { status: number; headers: IncomingHttpHeaders; body: AsyncIterable<Buffer>; close(): void };

/**
 * Why there was no whole answer. `refused`: nobody listens (ECONNREFUSED, ENOTFOUND, EHOSTUNREACH…); `reset`: broken off; `idle`: silent
 * for too long; `tls`: certificate not trusted, expired, or for another name; `credentials`: they could not be had (an exec plugin failed).
 */
export class ApiFailure extends Error {
  readonly kind: 'refused' | 'reset' | 'idle' | 'tls' | 'credentials';

  constructor(kind: ApiFailure['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiFailure';
    this.kind = kind;
  }
}

/** One API server, as one user. An aborted `signal` rejects with its reason. */
export type ApiClient = {
  /** Name of the context (or cluster) for people; `server` is the URL. */
  name: string;
  server: string;
  /** Throws ApiFailure; any HTTP status is an answer. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** Reads the credentials anew (kubeconfig, token file, exec plugin), as after a 401. */
  renew(): Promise<void>;
  close(): void;
};

/** A resource as discovery names it. `group` is '' for core. */
export type ResourceType = { group: string; version: string; resource: string; kind: string; namespaced: boolean; verbs: string[] };

/**
 * One list-watch: a resource, in one namespace or (undefined) everywhere. `id` is the stream of its records: `c01/pods`,
 * `c01/pods@shop` for one namespace, `c01/widgets.example.com` for custom resources.
 */
export type StreamSpec = {
  id: string;
  cluster: string;
  type: ResourceType;
  namespace?: string;
  labelSelector?: string;
  /** Ask for PartialObjectMetadata only: the rest of the object never reaches this process. */
  metadataOnly: boolean;
};
