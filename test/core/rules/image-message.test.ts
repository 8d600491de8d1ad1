import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/core/model/taxonomy.ts';
import { parsePullFailure, registryOf } from '../../../src/core/rules/image-message.ts';

const image = 'registry.example.com/shop/catalog:2.8.0';
const containerd = (cause: string) => `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${cause}`;
const head = 'https://registry.example.com/v2/shop/catalog/manifests/2.8.0';

const wordings: [string, Reason, string][] = [
  ['containerd, missing tag', 'ImageNotFound', `rpc error: code = NotFound desc = ${containerd(`${image}: not found`)}`],
  ['containerd 1.4, missing tag', 'ImageNotFound', `rpc error: code = Unknown desc = ${containerd(`${image}: not found`)}`],
  [
    'docker, missing tag',
    'ImageNotFound',
    `rpc error: code = Unknown desc = Error response from daemon: manifest for ${image} not found: manifest unknown: manifest unknown`,
  ],
  [
    'CRI-O, missing tag',
    'ImageNotFound',
    'rpc error: code = Unknown desc = reading manifest 2.8.0 in registry.example.com/shop/catalog: manifest unknown',
  ],
  [
    'CRI-O, missing repository',
    'ImageNotFound',
    'initializing source docker://registry.example.com/shop/catalog:2.8.0: reading manifest 2.8.0 in registry.example.com/shop/catalog: name unknown: repository name not known to registry',
  ],
  ['Harbor, missing artifact', 'ImageNotFound', 'unknown: artifact shop/catalog:2.8.0 not found'],
  [
    'ECR, missing repository',
    'ImageNotFound',
    "name unknown: The repository with name 'shop/catalog' does not exist in the registry with id '123456789012'",
  ],
  ['containerd, 401', 'ImageAuthFailed', containerd(`unexpected status from HEAD request to ${head}: 401 Unauthorized`)],
  ['containerd, 403', 'ImageAuthFailed', containerd(`unexpected status from HEAD request to ${head}: 403 Forbidden`)],
  [
    'containerd, no credentials',
    'ImageAuthFailed',
    containerd(
      'pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
    ),
  ],
  [
    'CRI-O, authentication required',
    'ImageAuthFailed',
    'rpc error: code = Unknown desc = initializing source docker://registry.example.com/shop/catalog:2.8.0: reading manifest 2.8.0 in registry.example.com/shop/catalog: unauthorized: authentication required',
  ],
  [
    'docker, ECR without credentials',
    'ImageAuthFailed',
    'rpc error: code = Unknown desc = Error response from daemon: Get "https://registry.example.com/v2/shop/catalog/manifests/2.8.0": no basic auth credentials',
  ],
  [
    'token refused',
    'ImageAuthFailed',
    containerd(
      'failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.example.com/token: 403 Forbidden',
    ),
  ],
  [
    'docker.io limit',
    'RegistryRateLimited',
    'rpc error: code = Unknown desc = Error response from daemon: toomanyrequests: You have reached your pull rate limit.',
  ],
  ['containerd, 429', 'RegistryRateLimited', containerd(`unexpected status from HEAD request to ${head}: 429 Too Many Requests`)],
  ['kubelet, own limit', 'RegistryRateLimited', 'pull QPS exceeded'],
  [
    'no such host',
    'RegistryUnreachable',
    containerd(`failed to do request: Head "${head}": dial tcp: lookup registry.example.com on 10.0.0.2:53: no such host`),
  ],
  ['timeout', 'RegistryUnreachable', containerd(`failed to do request: Head "${head}": dial tcp 203.0.113.7:443: i/o timeout`)],
  [
    'handshake timeout',
    'RegistryUnreachable',
    `Error response from daemon: Get "https://registry.example.com/v2/": net/http: TLS handshake timeout`,
  ],
  ['server error', 'RegistryUnreachable', containerd(`unexpected status from HEAD request to ${head}: 503 Service Unavailable`)],
  [
    'token server out of reach',
    'RegistryUnreachable',
    containerd(
      'failed to authorize: failed to fetch oauth token: Post "https://auth.example.com/token": dial tcp 203.0.113.8:443: connect: connection refused',
    ),
  ],
  [
    'CRI-O, ping',
    'RegistryUnreachable',
    'pinging container registry registry.example.com: Get "https://registry.example.com/v2/": dial tcp 203.0.113.7:443: connect: no route to host',
  ],
  [
    'unknown authority',
    'RegistryTlsError',
    containerd(`failed to do request: Head "${head}": tls: failed to verify certificate: x509: certificate signed by unknown authority`),
  ],
  [
    'wrong name',
    'RegistryTlsError',
    'Error response from daemon: Get "https://registry.example.com/v2/": x509: certificate is not valid for any names, but wanted to match registry.example.com',
  ],
  ['plain HTTP', 'RegistryTlsError', containerd(`failed to do request: Head "${head}": http: server gave HTTP response to HTTPS client`)],
  ['never', 'ImageNeverPull', `Container image "${image}" is not present with pull policy of Never`],
  [
    'invalid',
    'InvalidImageName',
    'Failed to apply default image tag "Shop/Catalog:2.8.0": couldn\'t parse image name "Shop/Catalog:2.8.0": invalid reference format: repository name must be lowercase',
  ],
  [
    'CRI-O policy',
    'ImageSignatureRejected',
    'SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists',
  ],
  [
    'platform',
    'ImageArchMismatch',
    `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": no match for platform in manifest: not found`,
  ],
]; // prettier-ignore

describe('the message of a failed pull', () => {
  it.each(wordings)('is read: %s', (_, reason, message) => {
    expect(parsePullFailure(message)?.reason).toBe(reason);
    expect(parsePullFailure(`Back-off pulling image "${image}": ErrImagePull: ${message}`)?.reason).toBe(reason);
  });

  it('says when a registry gives one answer for a missing and a private repository', () => {
    const docker = `rpc error: code = Unknown desc = Error response from daemon: pull access denied for acme/catalog, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`;
    const old =
      'failed to pull and unpack image "docker.io/acme/catalog:1": failed to resolve reference "docker.io/acme/catalog:1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed';
    for (const message of [docker, old]) expect(parsePullFailure(message)).toMatchObject({ reason: 'ImageNotFound', ambiguous: true });
    expect(parsePullFailure(containerd(`${image}: not found`))?.ambiguous).toBe(false);
  });

  it('claims nothing where only the back-off is told', () => {
    expect(parsePullFailure(`Back-off pulling image "${image}"`)).toBeUndefined();
    expect(parsePullFailure('Error: ErrImagePull')).toBeUndefined();
    expect(parsePullFailure('Error: ImagePullBackOff')).toBeUndefined();
    expect(parsePullFailure('Back-off restarting failed container web')).toBeUndefined();
  });

  it('takes no cause from the name of the image', () => {
    const name = 'registry.example.com/forbidden/manifest-unknown-429:401';
    const message = `Failed to pull image "${name}": failed to pull and unpack image "${name}": failed to resolve reference "${name}": failed to do request: dial tcp 203.0.113.7:443: i/o timeout`;
    expect(parsePullFailure(message)).toMatchObject({ reason: 'RegistryUnreachable', image: name, registry: 'registry.example.com' });
  });

  it('names the registry as the runtime resolves it', () => {
    expect(registryOf('redis:7')).toBe('docker.io');
    expect(registryOf('acme/redis:7')).toBe('docker.io');
    expect(registryOf('localhost/redis')).toBe('localhost');
    expect(registryOf('registry:5000/redis')).toBe('registry:5000');
  });
});
