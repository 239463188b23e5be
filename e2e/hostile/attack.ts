/** One thing that a hostile client does, on the server at `socket`; what came of it, as plain JSON or a promise of it. */
export type Attack = (socket: string) => unknown;
