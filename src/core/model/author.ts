import type { AuditEntry } from './capture.ts';
import { formatRef } from './resource.ts';
import { oneLine } from './text.ts';

/** `alice@example.com`, or `alice@example.com as deployer` where the request impersonated somebody. Names are untrusted text. */
export function authorName({ user, impersonatedUser }: AuditEntry): string {
  const name = oneLine(user, 120);
  return impersonatedUser === undefined ? name : `${name} as ${oneLine(impersonatedUser, 120)}`;
}

/** The program of a user agent without its version: `kubectl` of `kubectl/v1.36.2 (linux/amd64) kubernetes/ab12`; '' if it is not told. */
export function clientOf({ userAgent = '' }: AuditEntry): string {
  return oneLine(userAgent.split(/[/\s(]/)[0] ?? '', 60);
}

const past: Record<string, string> = { create: 'created', update: 'updated', patch: 'patched', delete: 'deleted' };

/** `alice@example.com patched Deployment shop/cart with kubectl`. */
export function deedOf(entry: AuditEntry): string {
  const client = clientOf(entry);
  const done = Object.hasOwn(past, entry.verb) ? past[entry.verb] : 'changed';
  const part = entry.subresource === undefined ? '' : `${oneLine(entry.subresource, 60)} of `;
  return `${authorName(entry)} ${done} ${part}${formatRef(entry.ref)}${client === '' ? '' : ` with ${client}`}`;
}

/** `patch, kubectl`: how the change was asked for. */
export function meansOf(entry: AuditEntry): string {
  const part = entry.subresource === undefined ? '' : ` of ${oneLine(entry.subresource, 60)}`;
  return [`${oneLine(entry.verb, 60)}${part}`, clientOf(entry)].filter(Boolean).join(', ');
}
