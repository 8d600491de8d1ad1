/** One of the objects that had the same name one after the other. */
export type Life = { uid: string; createdMs: number };

/** Of the objects that had a name: the newest that had been created at a moment (epoch ms); undefined if none had. */
export function lifeAt<L extends Life>(lives: readonly L[], ms: number): L | undefined {
  let found: L | undefined;
  for (const life of lives) if (life.createdMs <= ms && life.createdMs >= (found?.createdMs ?? life.createdMs)) found = life;
  return found;
}
