import { exitCodes, LabelerError } from '../errors.ts';
import { fieldsOf } from '../model/fields.ts';
import { type ApiClient, ApiFailure } from './api.ts';
import { ask, readJson } from './ask.ts';
import { type ApiStatus, readStatus } from './status.ts';

/** What a server says of itself. `version` is '' if it may not be asked; `replay` is set by `k8s-labeler replay --serve`; `date` is its clock. */
export type Probe = { version: string; platform?: string; replay?: { at: string; speed: number }; date?: string };

/** The header by which a served recording says what time it is there, and how fast time passes. */
export const replayHeader = 'k8s-labeler-replay';

/**
 * Asks GET /version. Errors (exit code 4), each with what to do: CLUSTER_UNREACHABLE, CLUSTER_TLS, CLUSTER_CREDENTIALS, CLUSTER_UNAUTHORIZED,
 * CLUSTER_FOREIGN (no Kubernetes API server, such as the login page of a proxy), CLUSTER_FAILED.
 */
export async function probe(client: ApiClient, signal: AbortSignal): Promise<Probe> {
  const response = await ask(client, { path: '/version', signal }).catch((error: unknown) => {
    throw error instanceof ApiFailure ? failed(client, error) : error;
  });
  const { status, headers } = response;
  const about = { ...replayOf(headers[replayHeader]), ...(headers.date === undefined ? {} : { date: headers.date }) };
  if (status !== 200) {
    const refusal = await readStatus(response);
    // Anonymous users may be kept from /version and still be allowed to read.
    if (refusal.code === 403 && refusal.foreign === undefined) return { version: '', ...about };
    throw refused(client, refusal);
  }
  try {
    const { gitVersion, platform } = fieldsOf(await readJson(response));
    if (typeof gitVersion !== 'string') throw new SyntaxError('no gitVersion');
    return { version: gitVersion, ...(typeof platform === 'string' ? { platform } : {}), ...about };
  } catch (error) {
    if (error instanceof ApiFailure) throw failed(client, error);
    throw foreign(client, 'something that is no Kubernetes version', error);
  } finally {
    response.close();
  }
}

function failed({ name, server }: ApiClient, failure: ApiFailure): LabelerError {
  const { kind, message } = failure;
  const words: Record<ApiFailure['kind'], [code: string, message: string, suggestions: string[]]> = {
    refused: [
      'CLUSTER_UNREACHABLE',
      `nobody answers at ${server} (${message})`,
      [`kubectl --context ${name} version says whether kubectl reaches it`, 'is a VPN or a tunnel missing?'],
    ],
    reset: [
      'CLUSTER_UNREACHABLE',
      `${server} broke off the connection (${message})`,
      ['is it really an API server, and https where it should be?'],
    ],
    idle: ['CLUSTER_UNREACHABLE', `${server} does not answer (${message})`, ['is a VPN or a tunnel missing?']],
    tls: [
      'CLUSTER_TLS',
      `the connection to ${server} is not trusted: ${message}`,
      ['check certificate-authority and tls-server-name of the kubeconfig, and the clock of this machine'],
    ],
    credentials: [
      'CLUSTER_CREDENTIALS',
      `no credentials for ${name}: ${message}`,
      [`kubectl --context ${name} auth can-i list pods runs the same login`],
    ],
  };
  const [code, text, suggestions] = words[kind];
  return new LabelerError(code, text, { exitCode: exitCodes.cluster, suggestions, cause: failure });
}

function refused(client: ApiClient, status: ApiStatus): LabelerError {
  if (status.foreign === true) return foreign(client, `HTTP ${status.code} with "${status.message}"`);
  const unauthorized = status.code === 401;
  return new LabelerError(
    unauthorized ? 'CLUSTER_UNAUTHORIZED' : 'CLUSTER_FAILED',
    unauthorized
      ? `${client.server} does not accept the credentials of ${client.name}`
      : `${client.server}: ${status.message} (HTTP ${status.code})`,
    {
      exitCode: exitCodes.cluster,
      suggestions: unauthorized
        ? ['they may have expired: log in again, then try kubectl get pods']
        : ['try again when the API server is well'],
    },
  );
}

function foreign({ server }: ApiClient, what: string, cause?: unknown): LabelerError {
  return new LabelerError('CLUSTER_FOREIGN', `${server} is no Kubernetes API server: it answers ${what}`, {
    exitCode: exitCodes.cluster,
    suggestions: ['a proxy or a login page may stand in between', 'check the server of the context: kubectl config view'],
    cause,
  });
}

function replayOf(header: string | string[] | undefined): { replay?: { at: string; speed: number } } {
  const [, at = '', speed = ''] = /^at=(\S+); speed=([\d.]+)$/.exec(String(header ?? '')) ?? [];
  return Number.isNaN(Date.parse(at)) ? {} : { replay: { at, speed: Number(speed) } };
}
