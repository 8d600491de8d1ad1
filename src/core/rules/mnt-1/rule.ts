import { mountAt } from '../mounts.ts';
import { citeField, citeSignal, eventsOf, idsOf, inference, observation, present, type Rule, signalsOf, step, target } from '../rule.ts';
import { containerField, ownerSubject } from '../subject.ts';

/** How runc, crun and the kubelet word a volume that does not fit its mount path. */
const wordings = [
  /mounting "[^"\n]{1,400}" to rootfs(?: "[^"\n]{1,400}")? at "(?<path>[^"\n]{1,300})"[^\n]{0,600}?(?<why>not a directory|is a directory|no such file or directory|read-only file system)/i,
  /create (?:target of file bind-mount|mountpoint for) (?<path>\/[^\s:]{1,300})[^\n]{0,300}?(?<why>not a directory|is a directory|read-only file system|file exists)/i,
  /(?<why>are you trying to mount a directory onto a file)/i,
  /failed to (?:prepare|create) subPath(?: directory)? for volumeMount "(?<volume>[^"\n]{1,253})" of container/i,
];

type Misfit = { path: string; why: string };

function misfitOf(message: string): Misfit | undefined {
  const plain = message.replaceAll('\\"', '"');
  const found = wordings.map((wording) => wording.exec(plain)).find((match) => match !== null);
  return found === undefined ? undefined : { path: found?.groups?.path ?? '', why: found?.groups?.why ?? 'the subPath cannot be used' };
}

/** A volume is mounted where it does not fit: a directory over a file, below a file, or onto a read-only place. */
export default {
  id: 'MNT-1',
  version: 1,
  title: 'Volume does not fit its mount path',
  reasons: ['InvalidMountPath'],
  maturity: 'stable',
  kinds: ['Pod'],
  references: [
    'core/v1 VolumeMount.mountPath, subPath',
    'opencontainers/runc libcontainer/rootfs_linux.go',
    'pkg/kubelet/kubelet_pods.go makeMounts',
  ],
  falsePositives: ['a volume whose source cannot be mounted at all (FailedMount) is VOL-1 to VOL-4'],
  knownGaps: ['what the image holds at the path is not recorded'],
  match(incident, state) {
    const told = [
      ...signalsOf(incident, 'container.terminated'),
      ...signalsOf(incident, 'container.waiting'),
      ...eventsOf(incident, ['Failed']),
    ];
    return told.flatMap((signal) => {
      const misfit = misfitOf(String(signal.detail.message));
      if (misfit === undefined) return [];
      const mount = misfit.path === '' ? undefined : mountAt(state, signal, misfit.path);
      const mounts = containerField(state, signal, '/volumeMounts');
      return [
        {
          reason: 'InvalidMountPath' as const,
          subject: ownerSubject(state, signal.ref),
          confidence: 0.95,
          evidence: present(
            citeSignal(signal, 'what the container runtime says'),
            mount !== undefined
              ? citeField(mount.pod, mount.mount, 'the volume at that path')
              : mounts && citeField(mounts.version, mounts.pointer, 'where the container mounts its volumes'),
          ),
          facts: { container: signal.container ?? '', ...misfit, volume: mount === undefined ? '' : String(mount.source.name) },
        },
      ];
    });
  },
  describe(claim) {
    const { container, path, why, volume } = claim.facts;
    const what = `${volume === '' ? 'a volume' : `volume ${volume}`}${path === '' ? '' : ` at ${path}`}`;
    return {
      rootCause: [
        observation(`Container ${container} cannot be started with ${what}: ${why}.`, idsOf(claim, 0)),
        inference(
          'The volume and the place that it is mounted on do not fit: one is a file and the other a directory, or the place cannot hold it.',
          idsOf(claim),
        ),
      ],
      steps: [
        step(
          `Mount the single file with subPath, or mount ${volume === '' ? 'the volume' : `volume ${volume}`} over a directory of its own.`,
          'The container starts.',
          { command: `kubectl edit ${target(claim.subject)}`, risk: 'medium' },
        ),
      ],
    };
  },
} satisfies Rule;
