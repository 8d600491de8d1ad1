import { describe, expect, it } from 'vitest';
import { parseStartFailure } from '../../../src/core/rules/start-failure.ts';

const shim =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ';

describe('parseStartFailure', () => {
  it.each([
    ['runc, in $PATH', `${shim}exec: "serve": executable file not found in $PATH: unknown`, 'not-found', 'serve'],
    ['runc, newer', `${shim}error during container init: exec: "serve": executable file not found in $PATH`, 'not-found', 'serve'],
    ['runc, absolute path', `${shim}exec: "/app/serve": stat /app/serve: no such file or directory: unknown`, 'not-found', '/app/serve'],
    ['runc, plain', `${shim}exec: "/app/serve": no such file or directory`, 'not-found', '/app/serve'],
    [
      'docker',
      'OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "serve": executable file not found in $PATH: unknown',
      'not-found',
      'serve',
    ],
    [
      'docker, old',
      `oci runtime error: container_linux.go:247: starting container process caused "exec: \\"serve\\": executable file not found in $PATH"`.replaceAll(
        '\\"',
        '"',
      ),
      'not-found',
      'serve',
    ],
    ['crun', 'container create failed: executable file `serve` not found in $PATH: No such file or directory', 'not-found', 'serve'],
    [
      'crun, old',
      'CreateContainer failed: executable file not found in `$PATH`: No such file or directory'.replaceAll('`', ''),
      'not-found',
      '',
    ],
    [
      'gVisor',
      'creating container: cannot create sandbox: error finding executable "serve" in PATH [/usr/bin /bin]: no such file or directory',
      'not-found',
      'serve',
    ],
    ['second stage of runc', 'exec /entrypoint.sh: no such file or directory', 'not-found', '/entrypoint.sh'],
    ['second stage, old', 'standard_init_linux.go:228: exec user process caused: no such file or directory', 'not-found', ''],
    ['second stage, older', 'standard_init_linux.go:190: exec user process caused "no such file or directory"', 'not-found', ''],
    ['env', "/usr/bin/env: 'python3': No such file or directory", 'not-found', 'python3'],
    ['env of busybox', "env: can't execute 'node': No such file or directory", 'not-found', 'node'],
    ['dumb-init', '[dumb-init] serve: No such file or directory', 'not-found', 'serve'],
    ['runc, no x bit', `${shim}exec: "/app/run.sh": permission denied: unknown`, 'not-executable', '/app/run.sh'],
    ['runc, a directory', `${shim}exec: "/app": is a directory: permission denied`, 'not-executable', '/app'],
    [
      'runc within CRI-O',
      'container create failed: time="2026-03-02T10:00:00Z" level=error msg="runc create failed: unable to start container process: exec: \\"/entrypoint.sh\\": permission denied"',
      'not-executable',
      '/entrypoint.sh',
    ],
    ['crun, no x bit', 'container create failed: open executable: Permission denied', 'not-executable', ''],
    ['second stage, no x bit', 'exec /app/run.sh: permission denied', 'not-executable', '/app/run.sh'],
    ['second stage, other processor', 'exec /app/server: exec format error', 'wrong-format', '/app/server'],
    ['old second stage, other processor', 'standard_init_linux.go:219: exec user process caused: exec format error', 'wrong-format', ''],
    ['runc, other processor', `${shim}exec: "/app/server": exec format error`, 'wrong-format', '/app/server'],
    ['shell, other processor', '/bin/sh: /app/server: Exec format error', 'wrong-format', '/app/server'],
  ])('reads %s', (_, message, form, command) => {
    expect(parseStartFailure(message)).toEqual({ form, command });
  });

  it.each([
    [
      `${shim}error mounting "/var/lib/kubelet/pods/x/volumes/y" to rootfs at "/etc/app.conf": mount src=/y, dst=/etc/app.conf: not a directory`,
    ],
    ['error mounting "/data": stat /data: no such file or directory'],
    ["PermissionError: [Errno 13] Permission denied: '/var/lib/app'"],
    ['open /etc/app.conf: no such file or directory'],
    ['back-off 40s restarting failed container=app pod=app-1_shop(0)'],
    ['failed to pull image "x": permission denied'],
    [''],
  ])('has nothing to say of %s', (message) => {
    expect(parseStartFailure(message)).toBeUndefined();
  });
});
