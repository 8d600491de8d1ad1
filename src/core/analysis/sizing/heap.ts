/** A limit that a runtime puts on its own heap; memory usage then says little about what the program needs. */
export type FixedHeap = { runtime: 'jvm' | 'go' | 'node' | 'dotnet'; setting: string };

const FLAGS: { runtime: FixedHeap['runtime']; pattern: RegExp }[] = [
  {
    runtime: 'jvm',
    pattern:
      /(?:^|\s)(-Xmx\d{1,12}[kmgt]?|-XX:Max(?:HeapSize|RAM)=\d{1,12}[kmgt]?|-XX:(?:Max|Initial|Min)RAMPercentage=\d{1,3}(?:\.\d{1,4})?)/i,
  },
  { runtime: 'node', pattern: /(?:^|\s)(--max[-_]old[-_]space[-_]size(?:=|\s)\d{1,7})/ },
];

const VARIABLES: Record<string, FixedHeap['runtime']> = {
  GOMEMLIMIT: 'go',
  DOTNET_GCHeapHardLimit: 'dotnet',
  DOTNET_GCHeapHardLimitPercent: 'dotnet',
  COMPlus_GCHeapHardLimit: 'dotnet',
};

/**
 * The heap limit that a container's command, args or env set: -Xmx, MaxRAMPercentage, --max-old-space-size, GOMEMLIMIT and their like.
 * `container` is a core/v1 Container (`command`, `args`, `env[].name/value`); undefined when it sets none.
 */
export function fixedHeap(container: {
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
}): FixedHeap | undefined {
  for (const { name, value } of container.env ?? []) {
    const runtime = Object.hasOwn(VARIABLES, name) ? VARIABLES[name] : undefined;
    if (runtime !== undefined && value !== undefined && value !== '' && value !== 'off') return { runtime, setting: `${name}=${value}` };
  }
  const text = [...(container.command ?? []), ...(container.args ?? []), ...(container.env ?? []).map(({ value }) => value ?? '')].join(
    ' ',
  );
  for (const { runtime, pattern } of FLAGS) {
    const setting = pattern.exec(text)?.[1];
    if (setting !== undefined) return { runtime, setting };
  }
  return undefined;
}
