/**
 * A failed probe as the kubelet's Unhealthy Event words it. `form` is what the probe met: nobody listening, no answer in time, an HTTP
 * status, the other scheme (HTTP/HTTPS), a gRPC server without health service, a command that is not in the image, or its exit code.
 */
export type ProbeFailure = {
  probe: 'liveness' | 'readiness' | 'startup';
  form: 'refused' | 'timeout' | 'status' | 'scheme' | 'unimplemented' | 'no-command' | 'other';
  status: number;
  port: number;
  text: string;
};

const forms: [ProbeFailure['form'], RegExp][] = [
  [
    'scheme',
    /server gave HTTP response to HTTPS client|malformed HTTP (?:response|status code|version)|first record does not look like a TLS handshake/i,
  ],
  ['unimplemented', /does not implement the grpc health protocol|code = Unimplemented|unknown service grpc\.health/i],
  [
    'no-command',
    /executable file (?:[^\n]{0,200})?not found|exec(?:: |\s)"[^"\n]{1,200}": (?:stat [^\n:]{1,200}: )?(?:no such file|permission denied)|OCI runtime exec failed[^\n]{0,300}no such file or directory/i,
  ],
  ['refused', /connection refused|actively refused/i],
  ['status', /statuscode: (?<status>\d{3})/i],
  ['timeout', /deadline exceeded|timed? ?out|Client\.Timeout|DeadlineExceeded|request canceled/i],
];

/** Reads `Liveness probe failed: …` and `Liveness probe errored: …` (Kubernetes 1.8 to 1.36). Undefined for other texts. */
export function parseProbeFailure(message: string): ProbeFailure | undefined {
  const head = /^(Liveness|Readiness|Startup) probe (?:failed|errored)(?: and resulted in unknown state)?: ?/i.exec(message);
  if (head === null) return undefined;
  const text = message.slice(head[0].length);
  const probe = (head[1] as string).toLowerCase() as ProbeFailure['probe'];
  const port = Number(/(?:\d|\]|[a-z]):(\d{2,5})(?=[/:"\s]|$)/i.exec(text)?.[1] ?? 0);
  for (const [form, pattern] of forms) {
    const found = pattern.exec(text);
    if (found !== null) return { probe, form, status: Number(found.groups?.status ?? 0), port, text };
  }
  return { probe, form: 'other', status: 0, port, text };
}
