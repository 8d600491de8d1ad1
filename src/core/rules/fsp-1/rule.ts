import { fieldsOf } from '../../model/fields.ts';
import type { ClusterState } from '../../state/state.ts';
import { findings, type LogFinding, lineFacts, lineObservation, weigh } from '../log-evidence.ts';
import { mountAt } from '../mounts.ts';
import { citeField, idsOf, inference, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { containerOf, ownerSubject } from '../subject.ts';

/** A process may not use a file or directory that it needs. */
export default {
  id: 'FSP-1',
  version: 1,
  title: 'File system refuses access',
  reasons: ['PermissionDeniedFs'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: ['errno EACCES, EPERM, EROFS', 'core/v1 SecurityContext.runAsUser, readOnlyRootFilesystem, PodSecurityContext.fsGroup'],
  falsePositives: [
    'a Kubernetes API 403 (RBA-1)',
    'a command that may not be executed, exit code 126 (CMD-2)',
    'a privileged port that may not be bound',
  ],
  knownGaps: ['owner and mode of files in images and volumes are not recorded'],
  match(incident, state) {
    return findings(incident, state, ['permission-denied', 'read-only-filesystem'], 'access is refused').flatMap((finding) => {
      const { signal, fields, bearing } = finding;
      const notExecutable = signalsOf(incident, 'container.terminated', { exitCode: 126 }).some(
        ({ container }) => container === signal.container,
      );
      if (fields.port !== undefined || fields.operation === 'exec' || fields.operation === 'fork/exec' || notExecutable) return [];
      const exit = fields.path === undefined ? 0.84 : 0.92;
      // A running process that goes on in spite of a refusal lives without it.
      if (bearing === 'lasting' && fields.path === undefined) return [];
      return [
        {
          reason: 'PermissionDeniedFs' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: weigh(bearing, exit),
          ...context(state, finding),
        },
      ];
    });
  },
  describe(claim) {
    const { path, user, readOnly, volume, rootReadOnly } = claim.facts;
    const what = path === '' ? 'a path that it needs' : String(path);
    const why =
      readOnly !== ''
        ? `${what} lies on a read-only file system${rootReadOnly === '' ? '' : ' (readOnlyRootFilesystem)'}${volume === '' ? '' : ` (volume ${volume})`}.`
        : `The process${user === '' ? '' : `, which runs as user ${user},`} has no permission for ${what}${volume === '' ? '' : ` on volume ${volume}`}.`;
    const mount = path === '' ? '<directory>' : String(path);
    return {
      rootCause: [lineObservation(claim), inference(why, idsOf(claim))],
      steps: [
        readOnly !== ''
          ? step(`Mount a writable volume (emptyDir or a claim) at ${mount}, or write elsewhere.`, 'The container starts.', {
              command: `kubectl edit ${target(claim.subject)}`,
            })
          : step(
              `Let the process own what it writes: fsGroup for volumes, an emptyDir at ${mount}, or chown in the image for user ${user || '<uid>'}.`,
              'The container starts.',
              {
                command: `kubectl edit ${target(claim.subject)}`,
              },
            ),
      ],
    };
  },
} satisfies Rule;

function context(state: ClusterState, finding: LogFinding) {
  const { signal, fields } = finding;
  const container = containerOf(state, signal);
  const own = fieldsOf(container?.spec.securityContext);
  const pod = fieldsOf(container?.version.object.spec?.securityContext);
  const user = own.runAsUser ?? pod.runAsUser;
  const userPointer = own.runAsUser === undefined ? '/spec/securityContext/runAsUser' : `${container?.pointer}/securityContext/runAsUser`;
  const mount = fields.path === undefined ? undefined : mountAt(state, signal, fields.path);
  const rootReadOnly = own.readOnlyRootFilesystem === true && mount === undefined;
  const readOnly = signal.detail.signature === 'read-only-filesystem';
  return {
    evidence: [
      ...finding.evidence,
      ...present(
        container && user !== undefined ? citeField(container.version, userPointer, 'the user that the process runs as') : undefined,
        container && readOnly && rootReadOnly
          ? citeField(container.version, `${container.pointer}/securityContext/readOnlyRootFilesystem`, 'the root file system is read-only')
          : undefined,
        mount && citeField(mount.pod, mount.mount, 'the volume at that path'),
      ),
    ],
    facts: {
      ...lineFacts(finding),
      path: fields.path ?? '',
      user: user === undefined ? '' : String(user),
      readOnly: readOnly ? 'yes' : '',
      rootReadOnly: rootReadOnly ? 'yes' : '',
      volume: mount === undefined ? '' : String(mount.source.name),
    }, // prettier-ignore
  };
}
