/** Lets in at most so many at once, in the order of their calls; what it resolves to must be called to leave. */
export type Gate = () => Promise<() => void>;

/** A gate of its own count. */
export function newGate(most: number): Gate {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async () => {
    if (inside >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else inside += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    };
  };
}

/** Runs work inside a gate. */
export async function within<T>(gate: Gate, work: () => Promise<T>): Promise<T> {
  const leave = await gate();
  try {
    return await work();
  } finally {
    leave();
  }
}
