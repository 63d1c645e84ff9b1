// A package from npm finds Node's globals by itself; once it is bundled into the function's file (`deno task bundle`) it
// is code like any other, and on Deno 2.1.4 that has no Buffer, which the AWS SDK signs with.
import { Buffer } from "node:buffer";

Object.assign(globalThis, { Buffer });
