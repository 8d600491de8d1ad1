/** Length of a slot of a series in milliseconds, and how many of them are kept: 14 days at 75 s, krr's history and step. */
export const slotMilliseconds = 75_000;
export const slotLimit = 16_128;

/**
 * Usage of one pod's container in slots of 75 s: CPU is the mean of a slot's samples in millicores, memory their maximum in bytes.
 * A ring: `first` is the oldest entry, `length` the number of them; arrays grow up to `slotLimit` and no further.
 */
export type UsageSeries = {
  slots: Float64Array;
  cpu: Float32Array;
  memory: Float64Array;
  first: number;
  length: number;
  /** Samples merged into the newest slot. */
  merged: number;
};

/** An empty series. */
export function newSeries(): UsageSeries {
  return { slots: new Float64Array(64), cpu: new Float32Array(64), memory: new Float64Array(64), first: 0, length: 0, merged: 0 };
}

function grow(series: UsageSeries): void {
  const size = Math.min(slotLimit, series.slots.length * 2);
  const copy = <T extends Float32Array | Float64Array>(from: T, to: T): T => {
    to.set(from);
    return to;
  };
  series.slots = copy(series.slots, new Float64Array(size));
  series.cpu = copy(series.cpu, new Float32Array(size));
  series.memory = copy(series.memory, new Float64Array(size));
}

/** Adds a sample; times must not go back by a slot or more (such samples are dropped: false). */
export function appendUsage(series: UsageSeries, time: number, cpuMillicores: number, memoryBytes: number): boolean {
  const slot = Math.floor(time / slotMilliseconds);
  const last = (series.first + series.length - 1) % series.slots.length;
  const newest = series.length === 0 ? Number.NEGATIVE_INFINITY : (series.slots[last] ?? 0);
  if (slot < newest) return false;
  if (slot === newest) {
    series.merged += 1;
    series.cpu[last] = (series.cpu[last] ?? 0) + (cpuMillicores - (series.cpu[last] ?? 0)) / series.merged;
    series.memory[last] = Math.max(series.memory[last] ?? 0, memoryBytes);
    return true;
  }
  if (series.length === series.slots.length && series.slots.length < slotLimit) grow(series);
  if (series.length === slotLimit) {
    series.first = (series.first + 1) % slotLimit;
    series.length -= 1;
  }
  const index = (series.first + series.length) % series.slots.length;
  series.slots[index] = slot;
  series.cpu[index] = cpuMillicores;
  series.memory[index] = memoryBytes;
  series.length += 1;
  series.merged = 1;
  return true;
}

/** Entries not older than `slotLimit` slots before `newestSlot`, oldest first. */
export function usageSince(series: UsageSeries, newestSlot: number): { slots: number[]; cpu: number[]; memory: number[] } {
  const found = { slots: [] as number[], cpu: [] as number[], memory: [] as number[] };
  for (let offset = 0; offset < series.length; offset += 1) {
    const index = (series.first + offset) % series.slots.length;
    const slot = series.slots[index] ?? 0;
    if (slot <= newestSlot - slotLimit) continue;
    found.slots.push(slot);
    found.cpu.push(series.cpu[index] ?? 0);
    found.memory.push(series.memory[index] ?? 0);
  }
  return found;
}

/** The newest slot number, or −∞ when empty. */
export function newestSlot(series: UsageSeries): number {
  if (series.length === 0) return Number.NEGATIVE_INFINITY;
  return series.slots[(series.first + series.length - 1) % series.slots.length] ?? Number.NEGATIVE_INFINITY;
}
