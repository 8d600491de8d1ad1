/** Who wants one of the places. `isUrgent` is asked each time it matters; `giveUp` must lead to `leave`, soon. */
export type Guest = { isUrgent(): boolean; giveUp(): void };

/** A fixed number of places. Urgent guests come first, and one who waits turns out one who is not urgent. */
export type Places = {
  /** Resolves when there is a place; false after `close`. */
  enter(guest: Guest): Promise<boolean>;
  leave(guest: Guest): void;
  /** To be called when guests have become urgent. */
  review(): void;
  close(): void;
};

/** So many places. */
export function placesOf(places: number): Places {
  const inside = new Set<Guest>();
  const leaving = new Set<Guest>();
  const waiting = new Map<Guest, (entered: boolean) => void>();
  let isClosed = false;

  const admit = () => {
    while (inside.size < places && waiting.size > 0) {
      const guests = [...waiting.keys()];
      const next = guests.find((guest) => guest.isUrgent()) ?? guests[0];
      if (next === undefined) return;
      inside.add(next);
      waiting.get(next)?.(true);
      waiting.delete(next);
    }
  };

  const review = () => {
    const urgent = [...waiting.keys()].filter((guest) => guest.isUrgent()).length;
    for (const guest of inside) {
      if (leaving.size >= urgent) return;
      if (leaving.has(guest) || guest.isUrgent()) continue;
      leaving.add(guest);
      guest.giveUp();
    }
  };

  return {
    enter(guest) {
      if (isClosed) return Promise.resolve(false);
      return new Promise((resolve) => {
        waiting.set(guest, resolve);
        admit();
        if (waiting.has(guest) && guest.isUrgent()) review();
      });
    },
    leave(guest) {
      inside.delete(guest);
      leaving.delete(guest);
      admit();
    },
    review,
    close() {
      isClosed = true;
      for (const resolve of waiting.values()) resolve(false);
      waiting.clear();
    },
  };
}
