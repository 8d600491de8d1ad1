/**
 * Untrusted text made safe for a terminal: control characters and escapes become visible (`\x1b`), line breaks and tabs stay.
 * C1 controls and bidirectional overrides are included.
 */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are what must not reach a terminal
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    visible,
  );
}

function visible(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}

/** A text without the colours and other escapes that a terminal would obey; what else is invisible becomes visible. */
export function uncoloured(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ECMA-48 control sequences begin with ESC or CSI
  return printable(text.replace(/(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]/g, ''));
}

/** Like `printable`, on one line: breaks and tabs become spaces, longer texts end in `…`. */
export function oneLine(text: string, limit = 200): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

/** A text as one word of a POSIX shell command line. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Order of texts by their UTF-16 code units: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
