import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { API_PAGE_CSS, apiPage } from './api-page.js';

/** Of the API, not of the program: the major is in the path, minors only add. */
const API_VERSION = '1.0.0';

/** Describes every route that is registered after it and has a schema. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Weir',
        version: API_VERSION,
        description: 'The sound server’s mixer, for scripts of the user who runs it.',
      },
    },
    transform: jsonSchemaTransform,
  });
}

/** The description itself, for programs and for people. */
export async function descriptionRoutes(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { schema: { summary: 'This description, OpenAPI 3.1' } }, () => app.swagger());
  app.get('/', { schema: { summary: 'This description, to be read' } }, (request, reply) =>
    reply.type('text/html; charset=utf-8').send(apiPage(app.swagger(), `http://${request.host}`)),
  );
  app.get('/page.css', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').send(API_PAGE_CSS),
  );
}
