import { readFile } from 'node:fs/promises';
import type http from 'node:http';
import type { AgentOptions, RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { systemCode, usageError } from '../errors.ts';
import { nearest } from '../model/nearest.ts';
import { oneLine } from '../model/text.ts';
import { type ApiClient, ApiFailure } from './api.ts';
import { type Access, newAgent, send } from './transport.ts';

/** Which clusters: contexts of a kubeconfig, or its current one when none is named. */
export type ClusterChoice = { kubeconfig?: string; contexts: string[] };

/** Credentials are asked for anew after this time: tokens in files are renewed, exec plugins know when theirs ends. */
const accessMs = 60_000;

/**
 * One client per context, in the order given; nothing is asked of the servers yet. Errors: KUBECONFIG_NOT_FOUND, KUBECONFIG_INVALID,
 * CONTEXT_UNKNOWN, CONTEXT_INCOMPLETE (exit code 2).
 */
export async function openClusters(choice: ClusterChoice): Promise<ApiClient[]> {
  const config = await loadKubeConfig(choice);
  const contexts = choice.contexts.length > 0 ? choice.contexts : [currentContext(config, choice)];
  for (const context of contexts) checkContext(config, context);
  return contexts.map((context) => openClient(() => loadKubeConfig(choice), config, context));
}

/** A client of one context; `load` reads the kubeconfig again when credentials are refused. */
function openClient(load: () => Promise<KubeConfig>, first: KubeConfig, context: string): ApiClient {
  let config = first;
  let known: { access: Promise<Access>; at: number } | undefined;
  const agents = new Map<string, http.Agent>();
  const server = config.getCluster(config.getContextObject(context)?.cluster ?? '')?.server ?? '';
  const access = (): Promise<Access> => {
    const now = performance.now();
    if (known === undefined || now - known.at > accessMs) {
      const asked = accessOf(config, context, server);
      known = { access: asked, at: now };
      asked.catch(() => {
        if (known?.access === asked) known = undefined;
      });
    }
    return known.access;
  };
  const agentFor = (one: Access): http.Agent => {
    const key = JSON.stringify(one.tls, (_, value: unknown) => (typeof value === 'function' ? undefined : value));
    let agent = agents.get(key);
    if (agent === undefined) {
      // Connections in use finish; a replaced agent only forgets its idle ones.
      for (const old of agents.values()) old.destroy();
      agents.clear();
      agent = newAgent(one);
      agents.set(key, agent);
    }
    return agent;
  };
  return {
    name: context,
    server,
    async request(request) {
      request.signal?.throwIfAborted();
      const one = await access();
      return send(one, agentFor(one), request);
    },
    async renew() {
      // A new KubeConfig: the old one holds tokens that it believes in.
      config = await load().catch((error: unknown) => {
        throw new ApiFailure('credentials', oneLine(String(error)), { cause: error });
      });
      known = undefined;
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** Headers and certificates of a context as of now. Errors: ApiFailure 'credentials'. */
async function accessOf(config: KubeConfig, context: string, server: string): Promise<Access> {
  const options: RequestOptions = {};
  const own = Object.create(config) as KubeConfig;
  own.currentContext = context;
  try {
    await own.applyToHTTPSOptions(options);
  } catch (error) {
    throw new ApiFailure('credentials', oneLine(error instanceof Error ? error.message : String(error), 300), { cause: error });
  }
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername, auth, agent } = options as RequestOptions & AgentOptions;
  const tls = Object.fromEntries(
    Object.entries({ ca, cert, key, pfx, passphrase, rejectUnauthorized, servername }).filter(([, value]) => value !== undefined),
  );
  const headers = Object.fromEntries(Object.entries(options.headers ?? {}).filter(([, value]) => value !== undefined)) as Access['headers'];
  if (typeof auth === 'string') headers.Authorization = `Basic ${Buffer.from(auth).toString('base64')}`;
  const proxied = config.getCluster(config.getContextObject(context)?.cluster ?? '')?.proxyUrl !== undefined;
  return { server, headers, tls, ...(proxied && agent instanceof Object ? { agent: agent as http.Agent } : {}) };
}

async function loadKubeConfig({ kubeconfig }: ClusterChoice): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const file = kubeconfig ?? process.env.KUBECONFIG ?? 'the kubeconfig';
  if (kubeconfig !== undefined) await readable(kubeconfig);
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT';
    const why = oneLine(error instanceof Error ? error.message : String(error), 300);
    throw usageError(missing ? 'KUBECONFIG_NOT_FOUND' : 'KUBECONFIG_INVALID', `cannot read ${file}: ${why}`, {
      cause: error,
      suggestions: ['kubectl config view shows what kubectl makes of it', 'name another with --kubeconfig'],
    });
  }
  // client-node refuses http without skipTLSVerify; there is no certificate to check on such a server.
  config.clusters = config.getClusters().map((one) => (one.server?.startsWith('http:') ? { ...one, skipTLSVerify: true } : one));
  const only = config.getClusters();
  if (config.getCurrentContext() === 'loaded-context' && only.length === 1 && only[0]?.server === 'http://localhost:8080') {
    throw usageError(
      'KUBECONFIG_NOT_FOUND',
      'there is no kubeconfig: neither $KUBECONFIG, nor ~/.kube/config, nor the service account of a pod',
      {
        suggestions: ['name one with --kubeconfig FILE', 'see it work without a cluster: k8s-labeler generate --demo'],
      },
    );
  }
  return config;
}

async function readable(file: string): Promise<void> {
  await readFile(file).catch((error: unknown) => {
    throw usageError('KUBECONFIG_NOT_FOUND', `cannot read the kubeconfig ${file} (${systemCode(error)})`, { cause: error });
  });
}

function currentContext(config: KubeConfig, { kubeconfig }: ClusterChoice): string {
  const current = config.getCurrentContext();
  if (current !== undefined && current !== '') return current;
  throw usageError('CONTEXT_UNKNOWN', `${kubeconfig ?? 'the kubeconfig'} has no current context`, {
    suggestions: [`name one with --context: ${names(config)}`, 'kubectl config use-context NAME sets it'],
  });
}

function checkContext(config: KubeConfig, name: string): void {
  const context = config.getContextObject(name);
  if (context === null) {
    const all = config.getContexts().map((known) => known.name);
    const meant = nearest(name, all);
    throw usageError('CONTEXT_UNKNOWN', `the kubeconfig has no context "${oneLine(name)}"`, {
      suggestions: [...(meant === undefined ? [] : [`did you mean ${meant}?`]), `it has: ${names(config)}`],
    });
  }
  const missing =
    config.getCluster(context.cluster) === null
      ? `cluster ${context.cluster}`
      : config.getUser(context.user) === null
        ? `user ${context.user}`
        : '';
  if (missing === '') return;
  throw usageError('CONTEXT_INCOMPLETE', `context ${oneLine(name)} names ${oneLine(missing)}, which the kubeconfig does not have`, {
    suggestions: ['kubectl config view shows all of them'],
  });
}

function names(config: KubeConfig): string {
  return (
    config
      .getContexts()
      .map(({ name }) => oneLine(name, 80))
      .slice(0, 10)
      .join(', ') || 'none at all'
  );
}
