/** Below what the system gives to those who connect: none of these is taken by chance. */
const [FIRST, LAST] = [10_240, 32_000];

/** A loopback port on which nothing listens.. */
export function freePort(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
