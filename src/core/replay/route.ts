/** What a path of the Kubernetes API names; `version` of core paths has group ''. */
export type Route =
  | { to: 'health' | 'version' | 'groups' | 'core' }
  | { to: 'group'; group: string }
  | { to: 'resources'; group: string; version: string }
  | ({ to: 'collection' } & Target)
  | ({ to: 'object'; name: string; subresource?: string } & Target)
  | { to: 'unknown' };

/** A resource, in one namespace or (undefined) in all. */
export type Target = { group: string; version: string; resource: string; namespace?: string };

/** Reads a path (without query); names are decoded once, and what is no path of the API is `unknown`. */
export function routeOf(path: string): Route {
  const parts = decoded(path);
  if (parts === undefined) return { to: 'unknown' };
  const [root, ...rest] = parts;
  if (['healthz', 'livez', 'readyz'].includes(root ?? '')) return { to: 'health' };
  if (root === 'version' && rest.length === 0) return { to: 'version' };
  if (root === 'api') return rest.length === 0 ? { to: 'core' } : versioned('', rest);
  if (root !== 'apis') return { to: 'unknown' };
  const [group, ...inGroup] = rest;
  if (group === undefined) return { to: 'groups' };
  return inGroup.length === 0 ? { to: 'group', group } : versioned(group, inGroup);
}

function versioned(group: string, [version = '', ...rest]: string[]): Route {
  const place = { group, version };
  if (rest.length === 0) return { to: 'resources', ...place };
  const [first = '', second, third, ...more] = rest;
  const inNamespace = first === 'namespaces' && second !== undefined && third !== undefined && !isNamespaceSubresource(group, third, more);
  if (!inNamespace) return resourceRoute({ ...place, resource: first }, [second, third, ...more]);
  return resourceRoute({ ...place, resource: third, namespace: second }, more);
}

function resourceRoute(target: Target, [name, subresource, ...more]: (string | undefined)[]): Route {
  if (name === undefined) return { to: 'collection', ...target };
  if (more.length > 0 && more.some((part) => part !== undefined)) return { to: 'unknown' };
  return { to: 'object', name, ...target, ...(subresource === undefined ? {} : { subresource }) };
}

function isNamespaceSubresource(group: string, third: string, more: string[]): boolean {
  return group === '' && more.length === 0 && (third === 'status' || third === 'finalize');
}

function decoded(path: string): string[] | undefined {
  try {
    const parts = path.split('/').slice(1).map(decodeURIComponent);
    if (parts.at(-1) === '') parts.pop();
    return parts.includes('') ? undefined : parts;
  } catch {
    return undefined;
  }
}
