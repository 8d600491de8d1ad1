/** A queue between many producers and one consumer. A producer waits while it is full. */
export type Queue<T> = {
  /** Resolves when there is room again, or after `close`. */
  push(item: T): Promise<void>;
  /** Puts an item in without waiting: for the rare remark. */
  add(item: T): void;
  /** What is there and what comes, until `close`; then what is left. */
  items(): AsyncGenerator<T, void>;
  close(): void;
};

/** A queue whose producers wait while it holds `size` items or more. */
export function queueOf<T>(size: number): Queue<T> {
  const held: T[] = [];
  let producers: (() => void)[] = [];
  let consumer: (() => void) | undefined;
  let isClosed = false;

  const add = (item: T) => {
    held.push(item);
    consumer?.();
  };
  const admit = () => {
    const waiting = producers;
    producers = [];
    for (const resume of waiting) resume();
  };

  return {
    add,
    async push(item) {
      while (held.length >= size && !isClosed) await new Promise<void>((resolve) => producers.push(resolve));
      add(item);
    },
    async *items() {
      while (true) {
        const next = held.splice(0);
        admit();
        yield* next;
        if (held.length > 0) continue;
        if (isClosed) return;
        await new Promise<void>((resolve) => {
          consumer = resolve;
        });
        consumer = undefined;
      }
    },
    close() {
      isClosed = true;
      admit();
      consumer?.();
    },
  };
}
