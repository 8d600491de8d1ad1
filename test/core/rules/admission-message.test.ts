import { describe, expect, it } from 'vitest';
import { parseQuota, parseRefusal } from '../../../src/core/rules/admission-message.ts';

const forbidden = 'Error creating: pods "web-7d4b9c6f5d-x2k8p" is forbidden: ';

describe('the refusal of a pod', () => {
  it.each([
    [`${forbidden}exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2`, 'QuotaExceeded', 'team'],
    [
      'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: exceeded quota: team, requested: limits.cpu=2, used: limits.cpu=3, limited: limits.cpu=4',
      'QuotaExceeded',
      'team',
    ],
    [`${forbidden}failed quota: team: must specify limits.cpu for: app; limits.memory for: app`, 'QuotaRequiresResources', 'team'],
    [
      `(combined from similar events): ${forbidden}violates PodSecurity "restricted:v1.29": privileged (container "app" must not set securityContext.privileged=true)`,
      'PodSecurityDenied',
      'restricted:v1.29',
    ],
    [
      `${forbidden}unable to validate against any security context constraint: [provider restricted: .spec.hostNetwork: Invalid value: true]`,
      'PodSecurityDenied',
      'security context constraint',
    ],
    [`${forbidden}PodSecurityPolicy: unable to admit pod: [spec.hostPID: Invalid value: true]`, 'PodSecurityDenied', 'PodSecurityPolicy'],
    [
      'Error creating: admission webhook "policy.example.com" denied the request: no latest tag',
      'AdmissionWebhookDenied',
      'policy.example.com',
    ],
    [
      'Error creating: admission webhook "policy.example.com" denied the request without explanation',
      'AdmissionWebhookDenied',
      'policy.example.com',
    ],
    [
      `${forbidden}ValidatingAdmissionPolicy 'replicas' with binding 'replicas-all' denied request: too many`,
      'AdmissionWebhookDenied',
      'replicas',
    ],
    [
      'Error creating: Internal error occurred: failed calling webhook "inject.example.com": Post "https://injector.mesh.svc:443/inject": context deadline exceeded',
      'AdmissionWebhookUnavailable',
      'inject.example.com',
    ],
    [`${forbidden}error looking up service account shop/reader: serviceaccount "reader" not found`, 'ServiceAccountNotFound', 'reader'],
    [`${forbidden}maximum memory usage per Container is 1Gi, but limit is 2Gi`, 'LimitRangeViolation', ''],
    [
      `${forbidden}[maximum cpu usage per Container is 1, but limit is 2, minimum memory usage per Container is 64Mi, but request is 1Mi]`,
      'LimitRangeViolation',
      '',
    ],
    [`${forbidden}no PriorityClass with name urgent was found`, 'InvalidSpecRejected', 'urgent'],
    ['Error creating: Pod "web-x" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "data"', 'InvalidSpecRejected', ''],
  ])('has its reason and name: %s', (message, reason, name) => {
    expect(parseRefusal(message)).toMatchObject({ reason, name });
  });

  it('is not seen in other texts', () => {
    expect(parseRefusal('pods is forbidden: User "system:serviceaccount:shop:reader" cannot list resource "pods"')).toBeUndefined();
    expect(parseRefusal('Created pod: web-7d4b9c6f5d-x2k8p')).toBeUndefined();
  });

  it('has the numbers of a quota per resource', () => {
    expect(
      parseQuota('requested: pods=1,requests.memory=32Mi, used: pods=2,requests.memory=64Mi, limited: pods=2,requests.memory=80Mi'),
    ).toEqual([
      { resource: 'pods', requested: '1', used: '2', limited: '2' },
      { resource: 'requests.memory', requested: '32Mi', used: '64Mi', limited: '80Mi' },
    ]);
    expect(parseQuota('something else')).toEqual([]);
  });
});
