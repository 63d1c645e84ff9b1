/** How wide the terminal is, or what COLUMNS says; undefined where the output goes on to a file or a program. */
export function columns(): number | undefined {
  const said = Number(Deno.env.get("COLUMNS"));
  if (Number.isInteger(said) && said > 0) return said;
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
}
