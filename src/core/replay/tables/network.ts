import { itemsOf, textsOf } from '../../model/fields.ts';
import type { KubernetesObject } from '../../model/resource.ts';
import { created, formatLabels, formatSelector, nameOf, type Printer, printer, textOr } from './cells.ts';

/** The columns of what leads to pods. */
export const networkPrinters: Record<string, Printer> = {
  services: printer(['Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', '+Selector'], (object, now) => {
    const { spec = {} } = object;
    const ip = textOr(textsOf(spec.clusterIPs)[0] ?? spec.clusterIP);
    const ports = itemsOf(spec.ports).map(
      ({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`,
    );
    const type = textOr(spec.type, 'ClusterIP');
    return [nameOf(object), type, ip, externalIp(object), ports.join(',') || '<none>', created(object, now), formatLabels(spec.selector)];
  }),
  endpoints: printer(['Name', 'Endpoints', 'Age'], (object, now) => [nameOf(object), endpointsCell(object), created(object, now)]),
  endpointslices: printer(['Name', 'AddressType', 'Ports', 'Endpoints', 'Age'], (object, now) => {
    const ports = atMostThree(itemsOf(object.ports).map(({ port }) => String(port ?? '*')));
    const addresses = atMostThree(itemsOf(object.endpoints).flatMap((endpoint) => textsOf(endpoint.addresses)));
    return [nameOf(object), textOr(object.addressType, ''), ports || '<unset>', addresses || '<unset>', created(object, now)];
  }),
  ingresses: printer(['Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age'], (object, now) => {
    const { spec = {} } = object;
    const ports = itemsOf(spec.tls).length > 0 ? '80, 443' : '80';
    return [nameOf(object), textOr(spec.ingressClassName), hosts(itemsOf(spec.rules)), balancer(object), ports, created(object, now)];
  }),
  ingressclasses: printer(['Name', 'Controller', 'Parameters', 'Age'], (object, now) => {
    const { controller = '', parameters } = object.spec ?? {};
    const shown = parameters ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}` : '<none>';
    return [nameOf(object), controller, shown, created(object, now)];
  }),
  networkpolicies: printer(['Name', 'Pod-Selector', 'Age'], (object, now) => [
    nameOf(object),
    formatSelector(object.spec?.podSelector),
    created(object, now),
  ]),
};

function externalIp(service: KubernetesObject): string {
  const { type, externalIPs, externalName } = service.spec ?? {};
  if (type === 'ExternalName') return textOr(externalName, '');
  const given = textsOf(externalIPs);
  if (type !== 'LoadBalancer') return given.join(',') || '<none>';
  return [balancer(service), ...given].filter((ip) => ip !== '').join(',') || '<pending>';
}

function balancer({ status = {} }: KubernetesObject): string {
  const ingress = itemsOf(status.loadBalancer?.ingress).map(({ ip, hostname }) => textOr(ip, '') || textOr(hostname, ''));
  return [...new Set(ingress.filter((address) => address !== ''))].sort().join(',');
}

function endpointsCell({ subsets }: KubernetesObject): string {
  const all = itemsOf(subsets).flatMap(({ addresses, ports }) => {
    const ips = itemsOf(addresses).map(({ ip }) => String(ip));
    const numbers = itemsOf(ports).map(({ port }) => port);
    return numbers.length === 0
      ? ips
      : numbers.flatMap((port) => ips.map((ip) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  });
  return atMostThree(all) || '<none>';
}

function hosts(rules: KubernetesObject[]): string {
  const named = rules.map(({ host }) => textOr(host, '')).filter((host) => host !== '');
  if (named.length === 0) return '*';
  return named.length > 3 ? `${named.slice(0, 3).join(',')} + ${rules.length - 3} more...` : named.join(',');
}

function atMostThree(texts: string[]): string {
  return texts.length > 3 ? `${texts.slice(0, 3).join(',')} + ${texts.length - 3} more...` : texts.join(',');
}
