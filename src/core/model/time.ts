const parsed = new Map<string, number>();
const keptTimes = 8192;

/** Milliseconds since the epoch of an RFC 3339 time, NaN if it is none. The newest texts are remembered: the same few are asked for often. */
export function timeOf(text: string): number {
  let time = parsed.get(text);
  if (time === undefined) {
    if (parsed.size >= keptTimes) parsed.clear();
    time = Date.parse(text);
    parsed.set(text, time);
  }
  return time;
}

/** Seconds from one RFC 3339 time to another; 0 when either is missing or no time. */
export function secondsBetween(from: string, to: string): number {
  const seconds = (timeOf(to) - timeOf(from)) / 1000;
  return Number.isFinite(seconds) ? seconds : 0;
}

/** `45 s`, `12 min`, `3 h`, `2 d`: for people. */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
