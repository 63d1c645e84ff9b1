/** Hands each line of a child's output to `log`, until the output ends. */
export async function forwardLines(output: ReadableStream<Uint8Array>, log: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) log(line);
  }
  if (rest !== "") log(rest);
}
