export type Place = { file: number; line: number };

/** Where a hash was seen first. */
export type Places = { remember: (hash: Buffer, place: Place) => Place | undefined };

const bytesPerEntry = 24;
const firstCapacity = 1024;

/**
 * A table of 16-byte hashes with the place of the first sight (8 bytes each), in one buffer at most two thirds full. `remember` returns the
 * earlier place of an equal hash, or keeps this one. Hashes are taken as evenly spread: their first bytes are the index.
 */
export function placesTable(): Places {
  let capacity = firstCapacity;
  let table = Buffer.alloc(capacity * bytesPerEntry);
  let used = 0;
  const slotOf = (store: Buffer, slots: number, hash: Buffer): number => {
    let slot = hash.readUInt32LE(0) % slots;
    while (!isFree(store, slot) && !sameHash(store, slot, hash)) slot = (slot + 1) % slots;
    return slot;
  };
  const grow = () => {
    const wider = Buffer.alloc(capacity * 2 * bytesPerEntry);
    for (let slot = 0; slot < capacity; slot += 1) {
      if (isFree(table, slot)) continue;
      const entry = table.subarray(slot * bytesPerEntry, (slot + 1) * bytesPerEntry);
      entry.copy(wider, slotOf(wider, capacity * 2, entry.subarray(0, 16)) * bytesPerEntry);
    }
    capacity *= 2;
    table = wider;
  };
  return {
    remember: (hash, { file, line }) => {
      if (used * 3 >= capacity * 2) grow();
      const slot = slotOf(table, capacity, hash);
      const at = slot * bytesPerEntry;
      if (!isFree(table, slot)) return { file: table.readUInt32LE(at + 16) - 1, line: table.readUInt32LE(at + 20) };
      hash.copy(table, at);
      table.writeUInt32LE(file + 1, at + 16);
      table.writeUInt32LE(line, at + 20);
      used += 1;
      return undefined;
    },
  };
}

/** The file is kept plus one, so that 0 marks a free slot. */
function isFree(table: Buffer, slot: number): boolean {
  return table.readUInt32LE(slot * bytesPerEntry + 16) === 0;
}

function sameHash(table: Buffer, slot: number, hash: Buffer): boolean {
  const at = slot * bytesPerEntry;
  return table.compare(hash, 0, 16, at, at + 16) === 0;
}
