/** Hands each line of a child's output to `log`, until the output ends. */
export async function forwardLines(output: ReadableStream<Uint8Array>, log: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of output) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) log(line);
  }
  if (rest !== "") log(rest);
}
