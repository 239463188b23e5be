import { isAbsolute } from 'node:path';
import { z } from 'zod';

/** pino's, from all to nothing. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const MIB = 1024 * 1024;

/** What `weir.toml` may set, and between which bounds. */
export const LIMIT_BOUNDS = {
  clients: { least: 1, most: 4096, usual: 768 },
  streams: { least: 1, most: 1024, usual: 64 },
  pool_bytes: { least: MIB, most: 1024 * MIB, usual: 16 * MIB },
} as const;

export const DEFAULT_LISTEN = '127.0.0.1:4790';
const DEFAULT_SOCKET_MODE = '0600';
export const DEFAULT_LOG_LEVEL: LogLevel = 'info';

const absolutePath = z.string().refine(isAbsolute, 'must be an absolute path');

/** One of two files that make no sense alone. */
const pemPath = z
  .string({ error: ({ input }) => (input === undefined ? 'is missing: cert and key go together' : undefined) })
  .refine(isAbsolute, 'must be an absolute path');

function limit({ least, most, usual }: { least: number; most: number; usual: number }) {
  return z
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`)
    .default(usual);
}

/** The file as it is written: TOML's own names. Unknown keys are errors, since a misspelt limit is none. */
export const fileSchema = z.strictObject({
  listen: z.string().optional(),
  runtime_dir: absolutePath.optional(),
  state_dir: absolutePath.optional(),
  devices: z.array(z.string().min(1, 'must not be empty')).optional(),
  limits: z
    .strictObject({
      clients: limit(LIMIT_BOUNDS.clients),
      streams: limit(LIMIT_BOUNDS.streams),
      pool_bytes: limit(LIMIT_BOUNDS.pool_bytes),
    })
    .prefault({}),
  socket: z
    .strictObject({
      // The owner must be able to connect, and execute bits mean nothing on a socket.
      mode: z
        .string()
        .regex(/^0?6[046][046]$/, 'must be 0600, 0660 or 0666')
        .default(DEFAULT_SOCKET_MODE),
    })
    .prefault({}),
  /** `tcp`: HOST:PORT where programs of other machines may play. */
  pulse: z.strictObject({ tcp: z.string().optional() }).prefault({}),
  tls: z.strictObject({ cert: pemPath, key: pemPath }).optional(),
  mdns: z.strictObject({ enabled: z.boolean('must be true or false').default(true) }).prefault({}),
  log: z.strictObject({ level: z.enum(LOG_LEVELS).optional() }).prefault({}),
});

export type ConfigFile = z.infer<typeof fileSchema>;
