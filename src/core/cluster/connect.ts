import { readFile } from 'node:fs/promises';
import type http from 'node:http';
import type { AgentOptions, RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { KubeConfig } from '@kubernetes/client-node';
import { systemCode, usageError } from '../errors.ts';
import { fieldsOf, itemsOf, text } from '../model/fields.ts';
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
  let renewing: Promise<void> | undefined;
  let pool: { agent: http.Agent; tls: AgentOptions } | undefined;
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
    if (pool !== undefined && isDeepStrictEqual(pool.tls, one.tls)) return pool.agent;
    // Watches that are open go on: only idle connections of the old certificates are given up.
    for (const idle of Object.values(pool?.agent.freeSockets ?? {}).flat()) idle?.destroy();
    pool = { agent: newAgent(one), tls: one.tls };
    return pool.agent;
  };
  const renew = async () => {
    // A new KubeConfig: the old one holds tokens that it believes in.
    config = await load().catch((error: unknown) => {
      throw new ApiFailure('credentials', oneLine(error instanceof Error ? error.message : String(error)), { cause: error });
    });
    known = undefined;
  };
  return {
    name: context,
    server,
    async request(request) {
      request.signal?.throwIfAborted();
      const one = await access();
      return send(one, agentFor(one), request);
    },
    // All streams are refused at the same moment; they share one renewal.
    renew() {
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    close() {
      pool?.agent.destroy();
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
  // A token file ends with a line feed, which no header may hold.
  if (typeof headers.Authorization === 'string') headers.Authorization = headers.Authorization.trim();
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
  await addTokenFiles(config, kubeconfig === undefined ? defaultFiles() : [kubeconfig]);
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

/** client-node does not know a user's field `tokenFile`, but reads the files of a provider. */
async function addTokenFiles(config: KubeConfig, files: string[]): Promise<void> {
  const { parse } = await import('yaml');
  for (const file of files) {
    const content = fieldsOf(parse(await readFile(file, 'utf8').catch(() => '')));
    const tokenFiles = new Map(itemsOf(content.users).map(({ name, user }) => [name, text(fieldsOf(user).tokenFile)]));
    config.users = config.getUsers().map((user) => {
      const tokenFile = tokenFiles.get(user.name) ?? '';
      if (tokenFile === '') return user;
      return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(dirname(file), tokenFile) } } };
    });
  }
}

function defaultFiles(): string[] {
  const named = (process.env.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  return named.length > 0 ? named : [join(homedir(), '.kube', 'config')];
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
  const suggestions = ['kubectl config view shows all of them'];
  if (missing !== '') {
    const message = `context ${oneLine(name)} names ${oneLine(missing)}, which the kubeconfig does not have`;
    throw usageError('CONTEXT_INCOMPLETE', message, { suggestions });
  }
  const server = config.getCluster(context.cluster)?.server ?? '';
  if (URL.canParse(server) && /^https?:/i.test(server)) return;
  throw usageError('CONTEXT_INCOMPLETE', `context ${oneLine(name)} names the server "${oneLine(server)}", which is no URL`, {
    suggestions,
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
