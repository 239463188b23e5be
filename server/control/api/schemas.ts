import { z } from 'zod';

/** A protobuf enumeration as words; the number is the index. A word stays a word, so that parsing twice changes nothing. */
const words = <const W extends readonly [string, ...string[]]>(
  list: W,
): z.ZodPreprocess<z.ZodEnum<{ [K in W[number]]: K }>> =>
  z.preprocess((value) => (typeof value === 'number' ? list[value] : value), z.enum(list));

const count = z.int().min(0);
const direction = words(['unknown', 'playback', 'record']);
const format = words(['unknown', 's16', 's24', 's32', 'f32']);
const fader = z.number().min(0).max(1.5);

/** What the API shows of a device: parses a decoded `weir.v1.Device`. */
export const deviceSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    direction: direction.describe('playback: an output; record: an input or a monitor'),
    kind: z.string().describe('null, file, alsa or monitor'),
    monitorOf: z.string().describe('The output that a monitor hears, else empty'),
    isDefault: z.boolean(),
    running: z.boolean(),
    lost: z.boolean(),
    suspended: z.boolean(),
    format,
    rate: count,
    channels: count,
    volume: z.number().describe('Fader position, 1 is unity'),
    muted: z.boolean(),
    quantumFrames: count,
    delayUs: count.describe('Measured, from a frame’s mixing to its leaving the device'),
    xruns: count,
    droppedFrames: count.describe('Frames that were mixed and not played'),
    realtime: z.boolean(),
    restarts: count.describe('Engine threads replaced since start'),
    balance: z
      .array(z.number())
      .describe('Each channel’s share of the fader, the loudest being 1; empty: they are alike'),
  })
  .meta({ title: 'Device' });

/** Parses a decoded `weir.v1.Stream`. */
export const streamSchema = z
  .object({
    stream: count,
    client: count,
    name: z.string(),
    direction,
    device: z.string(),
    transport: words(['unknown', 'ring', 'copies']),
    codec: words(['unknown', 'pcm', 'opus']).describe('Of copies: how their packets carry the frames'),
    format,
    rate: count,
    channels: count,
    volume: z.number().describe('Fader position, 1 is unity'),
    muted: z.boolean(),
    state: words(['unknown', 'filling', 'playing', 'starved', 'paused', 'draining', 'orphaned']),
    fillFrames: count,
    latencyUs: count.describe('Measured, from the newest frame to the speaker, or from the mix to the reader'),
    starvedFrames: count,
    underruns: count,
    droppedFrames: count,
    hops: z
      .object({ captureUs: count, networkUs: count, jitterUs: count, mixUs: count, deviceUs: count })
      .nullable()
      .describe('Where the time goes from capture to loudspeaker, measured; 0 is unknown, or not part of the way'),
    jitter: z
      .object({
        targetUs: count,
        packets: count,
        latePackets: count,
        lostPackets: count,
        recoveredPackets: count,
        concealedFrames: count.describe('Frames that were made up for what did not come in time'),
        skippedFrames: count.describe('Frames thrown away unheard: too old, or more than there was room for'),
        driftPpm: z.number().describe('The sender’s clock against the device’s'),
      })
      .nullable()
      .describe('Of live streams: what the network did, and what was made of it'),
  })
  .meta({ title: 'Stream' });

/** A number that a browser which was let in has not; null stays null, so that parsing twice changes nothing. */
const process = count.nullish().transform((number) => number ?? null);

/** Parses a decoded `weir.v1.Client`. */
export const clientSchema = z
  .object({
    client: count,
    name: z.string(),
    carrier: z.string().describe('unix, websocket, webtransport or player'),
    pid: process.describe('The process, where the kernel names it'),
    uid: process.describe('Its user, where the kernel names it'),
    program: z.string().describe('The program’s file, where the kernel tells'),
    pairedAs: z.string().describe('A browser that was let in, as its pairing names it, else empty'),
  })
  .meta({ title: 'Client' });

/** Parses a decoded `weir.v1.Health`. */
const healthSchema = z
  .object({
    loopDelayP50Us: count.describe('What the main loop was late by in the last minute or so: the median'),
    loopDelayP999Us: count.describe('… and what it seldom exceeded'),
    feeds: count.describe('Kinds of sound that are made for listeners by copies just now'),
    feedPackets: count.describe('Packets made for them since start, each once for all its listeners'),
    copiesRestarts: count.describe('Threads for sound by copies replaced since start'),
    pulseServer: z.string().describe('Where PulseAudio programs reach the server: the value of their PULSE_SERVER'),
  })
  .meta({ title: 'Health' });

/** Parses a decoded `weir.v1.Snapshot`. */
export const stateSchema = z.object({
  devices: z.array(deviceSchema),
  streams: z.array(streamSchema),
  clients: z.array(clientSchema),
  health: healthSchema,
});
export type State = z.output<typeof stateSchema>;

const changes = { volume: fader.optional().describe('Fader position, 1 is unity'), muted: z.boolean().optional() };

export const streamChangeSchema = z.strictObject({
  ...changes,
  device: z.string().min(1).max(256).optional().describe('Move it to this device'),
});

export const deviceChangeSchema = z.strictObject({
  ...changes,
  default: z.literal(true).optional().describe('Make it the default of its direction'),
});

export const errorSchema = z
  .object({ code: z.string(), what: z.string(), wayOut: z.string() })
  .meta({ title: 'Error', description: 'A stable code, what was wrong, and what can be done' });

const number = z.coerce.number().int().min(1).max(0xffff_ffff);
export const streamParams = z.object({ stream: number });
export const clientParams = z.object({ client: number });
export const deviceParams = z.object({ name: z.string().min(1).max(256) });
