/** Numbers things in the order in which they come. */
export class Places<Key> {
  readonly #places = new Map<Key, number>();

  of(key: Key): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.#places.size);
    return this.#places.size - 1;
  }

  keys(): Key[] {
    return [...this.#places.keys()];
  }
}
