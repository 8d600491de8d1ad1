import { failure } from './status.ts';

/** In which form objects are wanted: whole, as a Table of kubectl's columns, or their metadata only. */
export type ObjectForm = { as: 'object' } | { as: 'table'; version: 'v1' | 'v1beta1' } | { as: 'metadata'; version: 'v1' | 'v1beta1' };

type MediaType = { type: string; parameters: Map<string, string> };

const metaVersions = ['v1', 'v1beta1'] as const;

/** The first form of an Accept header that is served; a Status 406 is thrown if there is none. */
export function objectForm(accept: string | undefined): ObjectForm {
  for (const { type, parameters } of mediaTypes(accept)) {
    if (!isJson(type)) continue;
    const as = parameters.get('as');
    if (as === undefined) return { as: 'object' };
    const version = metaVersions.find((known) => known === parameters.get('v'));
    if (parameters.get('g') !== 'meta.k8s.io' || version === undefined) continue;
    if (as === 'Table') return { as: 'table', version };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { as: 'metadata', version };
  }
  throw notAcceptable();
}

/** The version of aggregated discovery (`v2`) that an Accept header puts first, or undefined for the plain lists. */
export function discoveryForm(accept: string | undefined): string | undefined {
  for (const { type, parameters } of mediaTypes(accept)) {
    if (!isJson(type)) continue;
    const as = parameters.get('as');
    if (as === undefined) return undefined;
    const version = parameters.get('v');
    const isKnown = version === 'v2' || version === 'v2beta1';
    if (as === 'APIGroupDiscoveryList' && parameters.get('g') === 'apidiscovery.k8s.io' && isKnown) return version;
  }
  throw notAcceptable();
}

function mediaTypes(accept = ''): MediaType[] {
  const wanted = accept.trim() === '' ? '*/*' : accept;
  return wanted.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    return { type, parameters: new Map(parameters.map((parameter) => parameter.split('=', 2) as [string, string])) };
  });
}

function isJson(type: string): boolean {
  return type === 'application/json' || type === '*/*' || type === 'application/*';
}

function notAcceptable() {
  return failure(406, 'NotAcceptable', 'only the following media types are accepted: application/json');
}
