const forbidden = /[<>:"|?*\\%\p{Cc}]|[. ]$/gu;
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\.|$)/iu;

/**
 * A file or folder name that every system takes: what Windows forbids (`<>:"|?*\`, control characters, a dot or space at the end, names
 * of devices such as `con`) is percent-encoded as UTF-8. Different names stay different, but for case. Source: "Naming Files, Paths,
 * and Namespaces" of the Windows documentation.
 */
export function portableName(name: string): string {
  const encoded = name.replace(forbidden, percentEncoded);
  return device.test(encoded) ? `${percentEncoded(encoded.slice(0, 1))}${encoded.slice(1)}` : encoded;
}

function percentEncoded(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
