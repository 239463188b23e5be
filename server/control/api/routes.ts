import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WeirError } from '../../observe/errors.js';
import type { LocalSession } from '../local-session.js';
import {
  clientParams,
  clientSchema,
  deviceChangeSchema,
  deviceParams,
  deviceSchema,
  errorSchema,
  type State,
  stateSchema,
  streamChangeSchema,
  streamParams,
  streamSchema,
} from './schemas.js';

export interface ApiOptions {
  /** A session on behalf of this request's sender. */
  readonly openSession: (request: FastifyRequest) => Promise<LocalSession>;
}

const done = z.null().describe('Done');

/** The mixer for scripts: what it shows, and its verbs. */
export async function apiRoutes(plain: FastifyInstance, { openSession }: ApiOptions): Promise<void> {
  const app = plain.withTypeProvider<ZodTypeProvider>();

  async function read(request: FastifyRequest): Promise<State> {
    using session = await openSession(request);
    return await stateOf(session);
  }

  app.get('/state', { schema: describe('Everything the mixer shows', { 200: stateSchema }) }, (request) =>
    read(request),
  );
  app.get(
    '/devices',
    { schema: describe('The devices', { 200: z.array(deviceSchema) }) },
    async (request) => (await read(request)).devices,
  );
  app.get(
    '/streams',
    { schema: describe('The streams', { 200: z.array(streamSchema) }) },
    async (request) => (await read(request)).streams,
  );
  app.get(
    '/clients',
    { schema: describe('The clients', { 200: z.array(clientSchema) }) },
    async (request) => (await read(request)).clients,
  );

  app.get(
    '/devices/:name',
    { schema: { ...describe('One device', { 200: deviceSchema }), params: deviceParams } },
    async (request) => findDevice(await read(request), request.params.name),
  );
  app.get(
    '/streams/:stream',
    { schema: { ...describe('One stream', { 200: streamSchema }), params: streamParams } },
    async (request) => findStream(await read(request), request.params.stream),
  );

  app.post(
    '/devices/:name',
    {
      schema: {
        ...describe('Change a device’s volume or mute, or make it the default', { 200: deviceSchema }),
        params: deviceParams,
        body: deviceChangeSchema,
      },
    },
    async (request) => {
      using session = await openSession(request);
      const device = request.params.name;
      const { volume, muted, default: makeDefault } = request.body;
      if (volume !== undefined || muted !== undefined) await session.request({ setLevel: { device, volume, muted } });
      if (makeDefault) await session.request({ setDefault: { device } });
      return findDevice(await stateOf(session), device);
    },
  );
  app.post(
    '/streams/:stream',
    {
      schema: {
        ...describe('Change a stream’s volume or mute, or move it', { 200: streamSchema }),
        params: streamParams,
        body: streamChangeSchema,
      },
    },
    async (request) => {
      using session = await openSession(request);
      const { stream } = request.params;
      const { volume, muted, device } = request.body;
      if (volume !== undefined || muted !== undefined) await session.request({ setLevel: { stream, volume, muted } });
      if (device !== undefined) await session.request({ moveStream: { stream, device } });
      return findStream(await stateOf(session), stream);
    },
  );
  app.delete(
    '/clients/:client',
    { schema: { ...describe('End a client’s connection', { 204: done }), params: clientParams } },
    async (request, reply) => {
      using session = await openSession(request);
      await session.request({ kickClient: { client: request.params.client } });
      return await reply.code(204).send(null);
    },
  );
}

/** Every route may be refused, always in the same words. */
function describe<R extends Record<number, z.ZodType>>(summary: string, response: R): { summary: string; response: R } {
  return { summary, response: { ...response, default: errorSchema } };
}

async function stateOf(session: LocalSession): Promise<State> {
  return stateSchema.parse(await session.snapshot());
}

function findDevice({ devices }: State, name: string): State['devices'][number] {
  const device = devices.find((candidate) => candidate.name === name);
  if (!device) throw new WeirError('DEVICE_NOT_FOUND', `no device is called ${JSON.stringify(name)}`);
  return device;
}

function findStream({ streams }: State, number: number): State['streams'][number] {
  const stream = streams.find((candidate) => candidate.stream === number);
  if (!stream) throw new WeirError('STREAM_NOT_FOUND', `there is no stream ${number}`);
  return stream;
}
