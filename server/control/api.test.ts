import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { WeirError } from '../observe/errors.js';
import { ask, type Bench, type Reply, startBench } from './http.fixture.js';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

const get = async (path: string): Promise<unknown> => JSON.parse((await ask(`${bench.url}/api/v1${path}`)).body);
const post = (path: string, body: unknown): Promise<Reply> =>
  ask(`${bench.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('what the mixer shows', () => {
  test('as words and plain numbers, zeroes included', async () => {
    expect(await get('/state')).toMatchObject({
      devices: [
        {
          name: 'desk',
          direction: 'playback',
          format: 's16',
          delayUs: 21_000,
          lost: false,
          suspended: false,
          monitorOf: '',
          restarts: 0,
          balance: [],
          droppedFrames: 512,
        },
      ],
      streams: [{ stream: 7, direction: 'playback', format: 'f32', transport: 'ring', state: 'playing', underruns: 0 }],
      clients: [{ client: 1, name: 'player', carrier: 'unix', program: '' }],
      health: {
        loopDelayP50Us: 300,
        loopDelayP999Us: 12_500,
        feeds: 1,
        feedPackets: 50,
        copiesRestarts: 2,
        pulseServer: 'unix:/run/weir/pulse.sock',
      },
    });
  });

  test('piece by piece', async () => {
    expect(await get('/devices')).toHaveLength(1);
    expect(await get('/devices/desk')).toMatchObject({ name: 'desk' });
    expect(await get('/streams')).toHaveLength(1);
    expect(await get('/streams/7')).toMatchObject({ name: 'song' });
  });

  test('the session that serves a request is not among the clients', async () => {
    expect(await get('/clients')).toMatchObject([{ client: 1 }]);
  });
});

describe('the verbs', () => {
  test("move a stream's fader and mute, and answer with what became of it", async () => {
    const { status, body } = await post('/streams/7', { volume: 0.5, muted: true, device: 'desk' });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ stream: 7, volume: 0.5, muted: true });
    expect(bench.mixer.received.map((message) => Object.keys(message).sort().join())).toEqual([
      'hello,requestId',
      'requestId,setLevel',
      'moveStream,requestId',
      'requestId,subscribe',
    ]);
  });

  test('leave alone what is not named', async () => {
    await post('/streams/7', { muted: true });
    const level = bench.mixer.received.find((message) => message.setLevel)?.setLevel;
    expect(Object.keys(level ?? {}).sort()).toEqual(['muted', 'stream']);
  });

  test('make a device the default', async () => {
    const { body } = await post('/devices/desk', { default: true, volume: 1.5 });
    expect(JSON.parse(body)).toMatchObject({ isDefault: true, volume: 1.5 });
  });

  test('end a client', async () => {
    const { status, body } = await ask(`${bench.url}/api/v1/clients/1`, { method: 'DELETE' });
    expect({ status, body }).toEqual({ status: 204, body: '' });
    expect(bench.mixer.received.at(-1)?.kickClient?.client).toBe(1);
  });

  test('every session is closed again', async () => {
    await post('/streams/7', { volume: 0.5 });
    await post('/streams/8', { volume: 0.5 });
    await get('/state');
    expect(bench.mixer.open).toBe(0);
  });
});

describe('refusals carry code, what and way out', () => {
  test.each([
    ['/streams/8', { volume: 1 }, 404, 'STREAM_NOT_FOUND'],
    ['/streams/7', { device: 'attic' }, 404, 'DEVICE_NOT_FOUND'],
    ['/devices/attic', {}, 404, 'DEVICE_NOT_FOUND'],
    ['/streams/7', { volume: 1.6 }, 400, 'REQUEST_INVALID'],
    ['/streams/7', { volume: -0.1 }, 400, 'REQUEST_INVALID'],
    ['/streams/7', { volume: null }, 400, 'REQUEST_INVALID'],
    ['/streams/7', { loudness: 1 }, 400, 'REQUEST_INVALID'],
    ['/streams/7', { device: 'x'.repeat(257) }, 400, 'REQUEST_INVALID'],
    ['/streams/7', [], 400, 'REQUEST_INVALID'],
    ['/streams/0', {}, 400, 'REQUEST_INVALID'],
    ['/streams/4294967296', {}, 400, 'REQUEST_INVALID'],
    ['/streams/seven', {}, 400, 'REQUEST_INVALID'],
    ['/devices/desk', { default: false }, 400, 'REQUEST_INVALID'],
  ])('%s %j', async (path, change, status, code) => {
    const reply = await post(path, change);
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body)).toEqual({ code, what: expect.any(String), wayOut: expect.stringMatching(/./) });
  });

  test('a form that a foreign page could send without asking is no request', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const reply = await ask(`${bench.url}/api/v1/streams/7`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{"volume":0}',
      });
      expect(reply.status).toBe(415);
    }
  });

  test('of the session itself', async () => {
    bench.mixer.refusal = new WeirError('TOO_MANY_CLIENTS', 'the limit is 0');
    const reply = await ask(`${bench.url}/api/v1/state`);
    expect(reply.status).toBe(503);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'TOO_MANY_CLIENTS', what: 'the limit is 0' });
  });

  test('a session that never answers is given up', async () => {
    bench.mixer.silent = true;
    const reply = await ask(`${bench.url}/api/v1/state`);
    expect(reply.status).toBe(504);
    expect(bench.mixer.open).toBe(0);
  });
});

describe('the description', () => {
  test('is OpenAPI 3.1 and lists every route that exists', async () => {
    const document = await get('/openapi.json');
    expect(document).toMatchObject({ openapi: '3.1.0' });
    const described = pathsOf(document);
    expect(described).toEqual(
      [
        'delete /api/v1/pairings/{id}',
        'get /api/v1/',
        'get /api/v1/clients',
        'delete /api/v1/clients/{client}',
        'get /api/v1/devices',
        'get /api/v1/devices/{name}',
        'post /api/v1/devices/{name}',
        'get /api/v1/openapi.json',
        'get /api/v1/pairings',
        'get /api/v1/state',
        'get /api/v1/streams',
        'get /api/v1/streams/{stream}',
        'post /api/v1/listen-links',
        'post /api/v1/pair-links',
        'post /api/v1/streams/{stream}',
        'get /healthz',
        'get /listen/{file}',
        'get /metrics',
      ].sort(),
    );
  });

  test('names the fields of a body, of an answer and of a refusal', async () => {
    const text = JSON.stringify(await get('/openapi.json'));
    for (const word of ['"volume"', '"muted"', '"quantumFrames"', '"wayOut"', '"playback"', '"maximum":1.5'])
      expect(text).toContain(word);
  });

  test('is a page for people, without a script', async () => {
    for (const path of ['/api/v1', '/api/v1/']) {
      const { status, headers, body } = await ask(bench.url + path);
      expect(status).toBe(200);
      expect(headers['content-type']).toContain('text/html');
      expect(body).toContain('POST /api/v1/streams/{stream}');
      expect(body).toContain('<code>volume</code>');
      expect(body).not.toContain('<script');
    }
    expect((await ask(`${bench.url}/api/v1/page.css`)).headers['content-type']).toContain('text/css');
  });
});

describe('pairings', () => {
  test('a link is made, and kept by nobody on its way', async () => {
    const { status, headers, body } = await post('/pair-links', {});
    expect([status, headers['cache-control']]).toEqual([201, 'no-store']);
    expect(JSON.parse(body)).toEqual({
      url: 'https://10.0.0.1:4790/pair?code=x',
      otherUrls: [],
      expiresS: 600,
      thisMachineOnly: false,
    });
  });

  test('are listed, and taken back', async () => {
    expect(await get('/pairings')).toMatchObject([{ id: '0123456789ab', name: 'Firefox on Android', lastSeenS: 2 }]);
    const remove = (id: string): Promise<Reply> => ask(`${bench.url}/api/v1/pairings/${id}`, { method: 'DELETE' });
    expect((await remove('0123456789ab')).status).toBe(204);
    const unknown = await remove('ffffffffffff');
    expect([unknown.status, JSON.parse(unknown.body)]).toEqual([
      404,
      expect.objectContaining({ code: 'PAIRING_NOT_FOUND' }),
    ]);
  });
});

test("metrics are in Prometheus' words and change with the mixer", async () => {
  const { headers, body } = await ask(`${bench.url}/metrics`);
  expect(headers['content-type']).toContain('version=0.0.4');
  expect(body).toContain('weir_device_xruns_total{device="desk",kind="null",direction="playback"} 3');
  expect(body).toContain('weir_device_delay_seconds{device="desk",kind="null",direction="playback"} 0.021');
  expect(body).toContain('weir_device_dropped_frames_total{device="desk",kind="null",direction="playback"} 512');
  expect(body).toContain(
    'weir_stream_starved_frames_total{stream="7",client="1",direction="playback",device="desk"} 480',
  );
  expect(body).toContain('weir_streams{direction="playback",state="playing"} 1');
  expect(body).toContain('weir_clients{carrier="unix"} 1');
  expect(body).not.toContain('carrier="http"');
  expect(body).toContain('weir_event_loop_delay_seconds{quantile="0.999"} 0.0125\n');
  expect(body).toContain('weir_feed_packets_total 50\n');
  expect(body).toMatch(/weir_process_resident_bytes \d{7,}\n/);
  bench.mixer.device.xruns = 4;
  expect((await ask(`${bench.url}/metrics`)).body).toContain(
    'weir_device_xruns_total{device="desk",kind="null",direction="playback"} 4',
  );
});

function pathsOf(document: unknown): string[] {
  const { paths } = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) }).parse(document);
  return Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
    .sort();
}
