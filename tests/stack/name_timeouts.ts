const CODES: Record<string, string> = {
  "canceling statement due to statement timeout": "57014",
  "canceling statement due to lock timeout": "55P03",
};

/** lite answers 500 with a code of its own (SUP) when PostgreSQL ends a statement; PostgREST passes PostgreSQL's on. */
export async function nameTimeouts(response: Response): Promise<Response> {
  if (response.status !== 500) return response;
  const text = await response.text();
  const { status, headers } = response;
  const [, message = ""] = /"PostgresError: (canceling statement [^"]*)"/.exec(text) ?? [];
  const code = CODES[message];
  if (code === undefined) return new Response(text, { status, headers });
  return Response.json({ code, details: null, hint: null, message }, { status });
}
