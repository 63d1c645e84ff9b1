/** Parameters of a request that do not choose rows. */
const NO_FILTERS = ["select", "columns", "order", "limit", "offset", "on_conflict"];

/**
 * Hosted projects load safeupdate for the API's roles: what would change or delete every row of a table is refused.
 * Returns PostgREST's answer to such a request, and undefined for any other.
 */
export function refuseUnfiltered(request: Request): Response | undefined {
  const command = { PATCH: "UPDATE", DELETE: "DELETE" }[request.method];
  if (command === undefined) return undefined;
  const { searchParams } = new URL(request.url);
  if ([...searchParams.keys()].some(isFilter)) return undefined;
  const message = `${command} requires a WHERE clause`;
  return Response.json({ code: "21000", details: null, hint: null, message }, { status: 400 });
}

function isFilter(name: string): boolean {
  // `table.column` chooses among what is embedded in the answer, `not.and` among the rows.
  return !NO_FILTERS.includes(name) && (!name.includes(".") || /^not\.(and|or)$/.test(name));
}
