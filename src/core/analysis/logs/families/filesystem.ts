import { exact, loose, rowsOf, type Signature } from '../signature.ts';

const PATH = String.raw`(?<path>\.{0,2}/[^\s'":,;)\]}]{0,300})`;

/** What the file system or the socket layer refused. */
export const filesystemSignatures: Signature[] = [
  ...rowsOf('permission-denied', 'filesystem', [
    {
      pattern: loose`\b(?:chown|chmod|mkdir|mount|ln|cp|mv|touch|initdb|setfacl): (?:error: )?(?:[a-z' ]{0,60} )?["'\x60‘]?(?<path>/[^\s'":,;)\]}]{0,300})["'’]?: (?:operation not permitted|permission denied)`,
      anchors: ['operation not perm', 'permission denied'],
      weight: 0.88,
    },
    { pattern: loose`(?:bind|listen) EACCES[^\n]{0,40}?:(?<port>\d{1,5})\b`, anchors: [' eacces'], weight: 0.9, languages: ['javascript'] },
    {
      pattern: loose`permission denied: AH00072: make_sock: could not bind to address [^\s]{1,60}:(?<port>\d{1,5})\b`,
      anchors: ['permission denied'],
      weight: 0.9,
    },
    { pattern: loose`exec (?<path>/[^\s:"']{1,300})(?: failed)?: permission denied`, anchors: ['permission denied'], weight: 0.9 },
    {
      pattern: exact`PermissionError: \[Errno (?:13|1)\] [^:\n]{1,60}(?:: '(?<path>[^'\n]{1,300})')?`,
      anchors: ['permissionerror'],
      weight: 0.9,
      languages: ['python'],
    },
    {
      pattern: loose`\[Errno 13\] permission denied: ["']?(?<path>[^"'\n]{1,300})`,
      anchors: ['permission denied'],
      weight: 0.9,
      languages: ['python'],
    },
    {
      pattern: loose`\b(?:EACCES|EPERM): [^,\n]{1,60}, (?<operation>\w{2,20}) '(?<path>[^'\n]{1,300})'`,
      anchors: ['eacces: ', 'eperm: '],
      weight: 0.9,
      languages: ['javascript'],
    },
    {
      pattern: loose`\b(?<operation>open|mkdir|create|chown|chmod|rename|remove|unlink|stat|lstat|readlink|symlink|fork/exec|exec|mkdirall|touch|write|read) "?${PATH}"?(?: "?/[^\s:"]{1,300}"?)?: (?:permission denied|operation not permitted)`,
      anchors: ['permission denied', 'operation not permitted'],
      weight: 0.9,
      languages: ['go'],
    },
    {
      pattern: loose`["'\x60‘(]?${PATH}["'’)]?(?:[:,]| failed| \() ?\(?(?:13: |errno 13\] |error 13: )?permission denied`,
      anchors: ['permission denied'],
      weight: 0.86,
    },
    {
      pattern: loose`(?:cannot|can't|could not|unable to|failed to) (?<operation>open|create|touch|access|read|write|remove|execute|mkdir|chown|make)\b[^\n]{0,40}?["'\x60‘ ]${PATH}["'’]?[^\n]{0,60}(?:permission denied|operation not permitted)`,
      anchors: ['permission denied', 'operation not permitted'],
      weight: 0.86,
    },
    {
      pattern: exact`(?:AccessDeniedException|FileNotFoundException): ${PATH}(?: \(Permission denied\))`,
      anchors: ['permission denied'],
      weight: 0.9,
      languages: ['java'],
    },
    {
      pattern: exact`java\.nio\.file\.AccessDeniedException: ${PATH}`,
      anchors: ['accessdeniedexception'],
      weight: 0.9,
      languages: ['java'],
    },
    {
      pattern: exact`Access to the path '(?<path>[^'\n]{1,300})' is denied`,
      anchors: ['access to the path'],
      weight: 0.9,
      languages: ['dotnet'],
    },
    { pattern: exact`Permission denied @ \w{1,40} - (?<path>\S{1,300})`, anchors: ['permission denied'], weight: 0.9, languages: ['ruby'] },
    {
      pattern: loose`(?:bind(?:\(\))?|listen (?:tcp|udp)[46]?)[^\n]{0,60}?:(?<port>\d{1,4})\b[^\n]{0,40}permission denied`,
      anchors: ['permission denied'],
      weight: 0.88,
    },
    {
      pattern: loose`(?<!publickey[^\n]{0,40})\bpermission denied\b(?! for (?:table|relation|schema|database|sequence|function|user|role)| \(publickey| errors?\b)|\bEACCES\b`,
      anchors: ['permission denied', 'eacces'],
      weight: 0.66,
    },
  ]),
  ...rowsOf('read-only-filesystem', 'filesystem', [
    { pattern: loose`["'\x60‘ ]${PATH}["'’]?[^\n]{0,30}read-only file ?system`, anchors: ['read-only file'], weight: 0.9 },
    {
      pattern: loose`\bread-only file ?system(?::? ["']?(?<path>/[^\s'":,;]{1,300}))?|\bEROFS\b`,
      anchors: ['read-only file', 'erofs: ', 'erofs,'],
      weight: 0.85,
    },
  ]),
  ...rowsOf('no-space', 'filesystem', [
    { pattern: loose`["'\x60‘ ]${PATH}["'’]?[^\n]{0,60}no space left on device`, anchors: ['no space left'], weight: 0.92 },
    {
      pattern: loose`\bno space left on device\b(?:[^\n]{0,20}?["'](?<path>/[^'"\n]{1,300}))?|\bENOSPC\b|\bdisk (?:is )?full\b|\bdisk quota exceeded\b|\bEDQUOT\b|\bnot enough (?:disk )?space (?:left )?on (?:the )?(?:disk|device)`,
      anchors: ['no space left', 'enospc', 'disk full', 'disk is full', 'disk quota', 'edquot', 'not enough space', 'not enough disk'],
      weight: 0.88,
    },
    {
      pattern: loose`\b(?:flood stage )?disk watermark \[[^\]\n]{1,40}\] exceeded`,
      anchors: ['disk watermark'],
      weight: 0.7,
      languages: ['java'],
    },
  ]),
  ...rowsOf('file-missing', 'filesystem', [
    {
      pattern: exact`FileNotFoundError: \[Errno 2\] [^:\n]{1,60}: '(?<path>[^'\n]{1,300})'`,
      anchors: ['filenotfounderror'],
      weight: 0.86,
      languages: ['python'],
    },
    {
      pattern: loose`\bENOENT: [^,\n]{1,60}, (?<operation>\w{2,20}) '(?<path>[^'\n]{1,300})'`,
      anchors: ['enoent: '],
      weight: 0.86,
      languages: ['javascript'],
    },
    {
      pattern: loose`\[Errno 2\] no such file or directory: ["']?(?<path>[^"'\n]{1,300})`,
      anchors: ['no such file'],
      weight: 0.86,
      languages: ['python'],
    },
    {
      pattern: loose`["'\x60‘( ]${PATH}["'’)]?(?:[:,]| failed| \() ?\(?(?:2: )?no such file or directory`,
      anchors: ['no such file'],
      weight: 0.82,
    },
    {
      pattern: exact`(?:FileNotFoundException|NoSuchFileException): ${PATH}`,
      anchors: ['filenotfoundexception', 'nosuchfileexception'],
      weight: 0.85,
      languages: ['java'],
    },
    {
      pattern: exact`Could not find (?:file|a part of the path) '(?<path>[^'\n]{1,300})'`,
      anchors: ['could not find'],
      weight: 0.85,
      languages: ['dotnet'],
    },
    {
      pattern: exact`No such file or directory @ \w{1,40} - (?<path>\S{1,300})`,
      anchors: ['no such file'],
      weight: 0.86,
      languages: ['ruby'],
    },
    {
      pattern: exact`can't open file '(?<path>[^'\n]{1,300})': \[Errno 2\]`,
      anchors: ["can't open file"],
      weight: 0.88,
      languages: ['python'],
    },
  ]),
  ...rowsOf('address-in-use', 'filesystem', [
    {
      pattern: loose`already in use: AH00072: make_sock: could not bind to address [^\s]{1,60}:(?<port>\d{1,5})\b`,
      anchors: ['already in use'],
      weight: 0.92,
    },
    {
      pattern: loose`already in use - bind\(2\) for "[^"\n]{1,60}" port (?<port>\d{1,5})\b`,
      anchors: ['already in use'],
      weight: 0.92,
      languages: ['ruby'],
    },
    { pattern: loose`\bEADDRINUSE[^\n]{0,60}?:(?<port>\d{1,5})\b`, anchors: ['eaddrinuse'], weight: 0.92, languages: ['javascript'] },
    {
      pattern: loose`listen (?:tcp|udp)[46]? [^\s]{0,60}?:(?<port>\d{1,5}): bind: address already in use`,
      anchors: ['already in use'],
      weight: 0.93,
      languages: ['go'],
    },
    {
      pattern: loose`bind(?:\(\)|ing)? (?:to |on )?[^\n]{0,60}?[:, ](?<port>\d{2,5})\b[^\n]{0,60}(?:address (?:is )?already in use|98: address in use)`,
      anchors: ['already in use', 'address in use'],
      weight: 0.92,
    },
    {
      pattern: loose`(?:\('[^'\n]{0,60}', (?<port>\d{1,5})\))[^\n]{0,60}(?:address already in use|already in use)`,
      anchors: ['already in use'],
      weight: 0.92,
      languages: ['python'],
    },
    {
      pattern: loose`\bport (?<port>\d{1,5})(?: is| was)? already (?:in use|being used|allocated)`,
      anchors: ['already in use', 'already being used', 'already allocated'],
      weight: 0.92,
    },
    {
      pattern: loose`\b(?:connection in use|address in use): \('?[^'\n]{0,60}'?, (?<port>\d{1,5})\)`,
      anchors: ['connection in use', 'address in use'],
      weight: 0.92,
      languages: ['python'],
    },
    {
      pattern: loose`\baddress (?:is )?already in use\b(?:[^\n]{0,40}?:(?<port>\d{2,5})\b)?|\bEADDRINUSE\b`,
      anchors: ['already in use', 'eaddrinuse'],
      weight: 0.85,
    },
  ]),
];
