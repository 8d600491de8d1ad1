/** Why a container's process could not be started, as a container runtime, a shell's last word or the kernel puts it. */
export type StartFailure = { form: 'not-found' | 'not-executable' | 'wrong-format'; command: string };

const command = String.raw`["'\x60]?(?<command>[^"'\x60:\n]{1,200}?)["'\x60]?`;
const exec = String.raw`(?:\bexec:? (?!user process)|exec user process caused:? "?|execv(?:pe?|e)?\(?:? ?|starting container process caused:? "?exec:? )`;

// runc, crun, gVisor, youki, Windows; log lines of runc's second stage (`exec /app: …`); docker, containerd and CRI-O; env(1) and small inits.
const patterns: [StartFailure['form'], RegExp][] = [
  ['wrong-format', new RegExp(`${exec}(?:${command}: )?"?exec format error`, 'i')],
  ['wrong-format', /(?<command>\/[^\s:"']{1,200})?["']?:? ?(?:cannot execute binary file: )?exec format error/i],
  [
    'not-executable',
    new RegExp(`${exec}(?:${command}: )?(?:stat [^\\n:]{1,200}: )?"?(?:is a directory(?:: permission denied)?|permission denied)`, 'i'),
  ],
  ['not-executable', /open executable(?: ["'`](?<command>[^"'`]{1,200})["'`])?: permission denied/i],
  [
    'not-found',
    new RegExp(
      `${exec}${command}: (?:executable file not found in (?:\\$PATH|%PATH%)|(?:stat [^\\n:]{1,200}: )?no such file or directory|file does not exist)`,
      'i',
    ),
  ],
  ['not-found', /executable file (?:["'`](?<command>[^"'`]{1,200})["'`] )?not found in (?:\$PATH|%PATH%)/i],
  ['not-found', /error finding executable "(?<command>[^"]{1,200})" in PATH/i],
  ['not-found', /^(?:\/usr\/bin\/)?env: (?:can't execute )?["'‘]?(?<command>[^"'‘’:\n]{1,200})["'’]?: no such file or directory/im],
  ['not-found', /\[dumb-init\] (?<command>[^:\n]{1,200}): no such file or directory/i],
  ['not-found', /unable to exec (?<command>[^:\n]{1,200}): no such file or directory/i],
  ['not-found', /exec user process caused:? "?no such file or directory/i],
  ['not-found', /CreateProcess[^\n]{0,400}(?:The system cannot find the (?:file|path) specified|0x2\b)/i],
];

/** Reads a runtime's start error. Undefined for any other text (mount and volume errors among them). */
export function parseStartFailure(message: string): StartFailure | undefined {
  // CRI-O quotes runc's own log line, whose quotes are escaped.
  const plain = message.replaceAll('\\"', '"');
  for (const [form, pattern] of patterns) {
    const found = pattern.exec(plain);
    if (found !== null) return { form, command: found.groups?.command ?? '' };
  }
  return undefined;
}
