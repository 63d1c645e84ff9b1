/** A number in [0, 1) that depends on nothing but its arguments: the same seed gives the same world and faults. */
export function randomOf(...parts: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join("\u0001")) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  // The last steps of a 32-bit integer hash: without them neighbours stay neighbours.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** One of the choices. */
export function pick<T extends readonly [unknown, ...unknown[]]>(choices: T, ...parts: (string | number)[]): T[number] {
  return choices[Math.floor(randomOf(...parts) * choices.length)] ?? choices[0];
}
