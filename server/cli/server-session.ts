import { connect, type Weir } from '../../native-shim/client/index.js';

export interface ServerOptions {
  readonly socket?: string;
}

/** Runs `work` with a connection that ends with it. */
export async function withServer<T>(
  name: string,
  options: ServerOptions,
  work: (weir: Weir) => Promise<T>,
): Promise<T> {
  const weir = await connect({ name, ...options });
  try {
    return await work(weir);
  } finally {
    weir.close();
  }
}
