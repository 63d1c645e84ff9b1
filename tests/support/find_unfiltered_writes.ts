/**
 * The updates and deletes without a `where` in a function's body. Hosted projects refuse them (safeupdate) when an API
 * role calls the function, whoever owns it.
 */
export function findUnfilteredWrites(body: string): string[] {
  const code = withoutTexts(body);
  const writes = code.matchAll(/\b(?:delete\s+from|update)\s+(?:only\s+)?[\w."]+/gi);
  return [...writes].flatMap(({ 0: write, index }) => {
    const before = code.slice(0, index);
    // A lock, and what an insert does to rows that are there: neither is an update.
    if (/\b(?:for(?:\s+no\s+key)?|do)\s+$/i.test(before)) return [];
    return /\bwhere\b/i.test(statement(code.slice(index))) ? [] : [write.replace(/\s+/g, " ")];
  });
}

/** Without comments, and with empty literals. */
function withoutTexts(body: string): string {
  return body.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ").replace(/'(?:[^']|'')*'/g, "''");
}

/** The text up to the end of the statement or of the parentheses around it, without what stands in parentheses. */
function statement(text: string): string {
  let depth = 0;
  let own = "";
  for (const character of text) {
    if (character === ")") depth--;
    if (depth < 0 || (depth === 0 && character === ";")) break;
    if (depth === 0) own += character;
    if (character === "(") depth++;
  }
  return own;
}
