import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';

/** The shim as `npm start` builds it. Beside the compiled JavaScript; the same path serves sources and tests. */
const LIBRARY_PATH = fileURLToPath(new URL('../native-shim/libweir.so', import.meta.url));

function open(): ReturnType<typeof koffi.load> {
  if (!existsSync(LIBRARY_PATH)) {
    throw new Error(`${LIBRARY_PATH} is missing: run "npm start" or "npm run build" once to compile it`);
  }
  return koffi.load(LIBRARY_PATH);
}

export const shim = open();

/** An address in this process. Whoever made it says how long it lives. */
export type Address = bigint;

/**
 * A window on `bytes` of memory at `address`. Make it once and keep it (about 4 µs).
 * Nothing may touch it after the memory is unmapped: that is a segmentation fault, not an exception.
 */
export function viewOf(address: Address, bytes: number): ArrayBuffer {
  return koffi.view(address, bytes);
}
