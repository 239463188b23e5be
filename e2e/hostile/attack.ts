/** One thing that a hostile client does, on the server at `socket`; what came of it, as plain JSON. */
export type Attack = (socket: string) => Promise<unknown> | unknown;
