/** Longer than any application number, shorter than what an index of Postgres can hold. */
const MAX_ID_LENGTH = 200;

/** Whether an application's number can be stored and asked for exactly as it is. */
export function isUsableId(id: string): boolean {
  return id.length > 0 && id.length <= MAX_ID_LENGTH && !id.includes("\u0000") && id.isWellFormed();
}
