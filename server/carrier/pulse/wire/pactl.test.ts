import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WeirError } from '../../../observe/errors.js';
import { FrameReader } from './framing/frame-reader.js';
import { FrameWriter } from './framing/frame-writer.js';
import { SINK_FLAG, VOLUME_STEPS } from './numbers.js';
import { VERSION_MAX } from './limits.js';
import { type CommandName, COMMANDS, parseRequest, type ReplyBody } from './requests.js';
import { ANY_PCM, ENCODING } from './values/format-info.js';
import { NO_PROPERTIES, proplistOf } from './values/proplist.js';

type Answers = { [N in CommandName]?: ReplyBody<N> };

const spec = { format: 'float32le', channels: 2, rate: 48_000 } as const;
const map = [1, 2];
const volume = [32_768, 65_536];
const properties = proplistOf({ 'device.description': 'Lautsprecher mit ß' });
const port = { priority: 9900, available: 2, availabilityGroup: 'Jack 1', type: 3 };

/** What PulseAudio has only where there is hardware: ports, cards, profiles; and the last fields of everything else. */
const ANSWERS: Answers = {
  GET_SINK_INFO_LIST: [
    {
      index: 7, name: 'speakers', description: 'Lautsprecher', spec, map, module: undefined, volume, muted: true, counterpart: 8,
      counterpartName: 'speakers.monitor', latencyUs: 12_345, driver: 'weir', flags: SINK_FLAG.LATENCY | SINK_FLAG.DECIBEL_VOLUME, properties,
      requestedLatencyUs: 20_000, baseVolume: 65_536, state: 1, volumeSteps: VOLUME_STEPS, card: 3,
      ports: [{ name: 'phones', description: 'Headphones', ...port }, { name: 'line', description: 'Line', ...port, available: 1, availabilityGroup: undefined }],
      activePort: 'phones', formats: [ANY_PCM, { encoding: 2, properties: NO_PROPERTIES }],
    },
  ],
  GET_SINK_INPUT_INFO_LIST: [
    {
      index: 11, name: 'a song', module: undefined, client: 5, sink: 7, spec, map, volume, bufferLatencyUs: 1000, deviceLatencyUs: 2000,
      resampleMethod: undefined, driver: undefined, muted: false, properties, corked: true, hasVolume: true, volumeWritable: true,
      format: { encoding: ENCODING.PCM, properties: NO_PROPERTIES },
    },
  ],
  GET_CARD_INFO_LIST: [
    {
      index: 3, name: 'card', module: undefined, driver: 'weir', activeProfile: 'duplex', properties,
      profiles: [
        { name: 'off', description: 'Aus', sinks: 0, sources: 0, priority: 0, available: 1 },
        { name: 'duplex', description: 'Beides', sinks: 1, sources: 2, priority: 60, available: 0 },
      ],
      ports: [{ name: 'phones', description: 'Headphones', ...port, direction: 1, properties, profiles: ['duplex'], latencyOffsetUs: -5000 }],
    },
  ],
  GET_SAMPLE_INFO_LIST: [
    { index: 2, name: 'ding', volume, durationUs: 250_000, spec, map, bytes: 96_000, lazy: false, filename: undefined, properties },
  ],
}; // prettier-ignore

let folder: string;
let server: Server;
const clients = new Set<Socket>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-pactl-'));
  server = createServer((client) => serve(client)).listen(join(folder, 'socket'));
});
afterAll(() => {
  for (const client of clients) client.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

function serve(client: Socket): void {
  clients.add(client);
  const [reader, writer] = [new FrameReader(), new FrameWriter()];
  writer.version = VERSION_MAX;
  client.on('data', (data) => {
    for (let at = 0; at < data.length;) {
      const room = reader.room();
      const part = data.subarray(at, at + room.length);
      room.set(part);
      reader.filled(part.length);
      at += part.length;
      for (let frame = reader.next(); frame; frame = reader.next()) {
        if (frame instanceof WeirError || frame.kind !== 'packet') client.destroy();
        else answer(writer, frame.bytes);
      }
    }
    client.write(Uint8Array.from(writer.waiting()));
    writer.sent(writer.length);
  });
}

function answer(writer: FrameWriter, packet: Uint8Array): void {
  const { name, tag } = parseRequest(packet, VERSION_MAX);
  const dialect = { version: VERSION_MAX, sharedMemory: false, memfd: false };
  if (name === 'AUTH') writer.reply(name, tag, { dialect });
  else if (name === 'SET_CLIENT_NAME') writer.reply(name, tag, { client: 5 });
  else if (name === undefined || ANSWERS[name] === undefined) writer.error(tag, 'NOENTITY');
  else writer.replyTo(COMMANDS[name], tag, ANSWERS[name]);
}

async function list(what: string): Promise<unknown> {
  const env = { ...process.env, HOME: folder, LC_ALL: 'C.UTF-8', PULSE_SERVER: `unix:${join(folder, 'socket')}` };
  const { stdout } = await promisify(execFile)('pactl', ['-f', 'json', 'list', what], { env, timeout: 8000 });
  return JSON.parse(stdout);
}

test('pactl shows outputs, ports and formats as we describe them', async () => {
  expect(await list('sinks')).toMatchObject([
    {
      index: 7, state: 'IDLE', name: 'speakers', description: 'Lautsprecher', driver: 'weir', mute: true, monitor_source: 'speakers.monitor',
      sample_specification: 'float32le 2ch 48000Hz', channel_map: 'front-left,front-right',
      volume: { 'front-left': { value: 32_768, value_percent: '50%', db: '-18.06 dB' }, 'front-right': { value: 65_536 } },
      base_volume: { value: 65_536 }, active_port: 'phones', formats: ['pcm', 'ac3-iec61937'],
      ports: [{ name: 'phones', type: 'Headphones', availability: 'available', priority: 9900, availability_group: 'Jack 1' }, { availability: 'not available' }],
    },
  ]); // prettier-ignore
});

test('…and streams, cards and samples', async () => {
  expect(await list('sink-inputs')).toMatchObject([{ index: 11, client: '5', sink: 7, corked: true, mute: false, format: 'pcm' }]); // prettier-ignore
  expect(await list('cards')).toMatchObject([
    {
      name: 'card', active_profile: 'duplex',
      profiles: { off: { description: 'Aus', available: true }, duplex: { sinks: 1, sources: 2, priority: 60, available: false } },
      ports: { phones: { description: 'Headphones', latency_offset: '-5000 usec', profiles: ['duplex'], type: 'Headphones' } },
    },
  ]); // prettier-ignore
  expect(await list('samples')).toMatchObject([{ index: 2, name: 'ding', duration: 0.25, lazy: false }]);
});

test('a list of nothing, and an error, are both understood', async () => {
  await expect(list('clients')).rejects.toThrow('No such entity');
});
