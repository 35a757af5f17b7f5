/** FNV-1a over UTF-16 code units, its high bits mixed into the low ones that choose a slot. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}

/**
 * Ids and their places, from 0 in the order in which they came: a hash table with linear probing, at most half full. With
 * half a million ids that were just read, a Map takes half as long again to be made and asked.
 */
export class IdPlaces {
  readonly ids: string[] = [];
  /** Two numbers a slot: the hash, and the place counted from 1, or 0 where the slot is free. */
  private slots = new Int32Array(2 * 1024);

  get(id: string): number | undefined {
    const place = this.slots[this.slotOf(id, hashOf(id)) + 1] ?? 0;
    return place === 0 ? undefined : place - 1;
  }

  /** @returns false, and adds nothing, where it is known already */
  add(id: string): boolean {
    const hash = hashOf(id);
    const slot = this.slotOf(id, hash);
    if (this.slots[slot + 1] !== 0) return false;
    this.slots[slot] = hash;
    this.slots[slot + 1] = this.ids.push(id);
    if (this.ids.length * 4 > this.slots.length) this.grow();
    return true;
  }

  /** Where it is, or would be. */
  private slotOf(id: string, hash: number): number {
    const { ids, slots } = this;
    const last = slots.length - 1;
    let slot = (2 * hash) & last;
    for (;;) {
      const place = slots[slot + 1] ?? 0;
      if (place === 0 || (slots[slot] === hash && ids[place - 1] === id)) return slot;
      slot = (slot + 2) & last;
    }
  }

  private grow(): void {
    const before = this.slots;
    const slots = new Int32Array(2 * before.length);
    for (let from = 0; from < before.length; from += 2) {
      if (before[from + 1] === 0) continue;
      let slot = (2 * (before[from] ?? 0)) & (slots.length - 1);
      while (slots[slot + 1] !== 0) slot = (slot + 2) & (slots.length - 1);
      slots[slot] = before[from] ?? 0;
      slots[slot + 1] = before[from + 1] ?? 0;
    }
    this.slots = slots;
  }
}
