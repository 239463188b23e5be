import { sep } from 'node:path';
import helmet from '@fastify/helmet';
import serveStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const YEAR_S = 31_536_000;

/** What a page may use of the machine; all else is off. */
const PERMISSIONS =
  'microphone=(self), display-capture=(self), speaker-selection=(self), autoplay=(self), camera=(), geolocation=(), usb=()';

/** Whatever serves sound on the machine of who looks: it may be played here, where it allows that (CORS). */
const OWN_MACHINE = ['http', 'https'].flatMap((scheme) =>
  ['127.0.0.1', 'localhost'].map((host) => `${scheme}://${host}:*`),
);

/** Headers of every answer: nothing but our own files runs, nobody frames us, and the page is cross-origin isolated (SharedArrayBuffer). */
export async function secureHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:', 'blob:'],
        'font-src': ["'self'"],
        'media-src': ["'self'", 'blob:', ...OWN_MACHINE],
        // 'self' takes in ws: on the same host and port (CSP 3, 6.7.2.8).
        'connect-src': ["'self'"],
        'worker-src': ["'self'"],
        'manifest-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: { policy: 'require-corp' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('permissions-policy', PERMISSIONS);
  });
}

/** The built page. Files under assets/ have their content's hash in the name; the others are asked for anew each time. */
export async function servePage(app: FastifyInstance, webRoot: string): Promise<void> {
  await app.register(serveStatic, {
    root: webRoot,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (reply, path) => {
      const hashed = path.startsWith(`${webRoot}${sep}assets${sep}`);
      reply.header('cache-control', hashed ? `public, max-age=${YEAR_S}, immutable` : 'no-cache');
    },
  });
}
