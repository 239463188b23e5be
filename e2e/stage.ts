import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { connect, type Weir } from '../native-shim/client/index.js';
import { openMixer, startBrowser } from './browser.js';
import { type Server, type ServerOptions, startServer } from './server.js';

const SET_LIMIT_MS = 60_000;

/** What tests with pages stand on: a server of their own, a browser, and a native client that looks on. */
export interface Stage {
  readonly server: Server;
  readonly browser: Browser;
  readonly weir: Weir;
  /** A page of that server, connected. */
  openMixer(): Promise<Page>;
}

/** For the tests of a file, or of the `describe` that calls it: there before the first of them, gone after the last. */
export function setStage(options: ServerOptions): Stage {
  let server: Server | undefined;
  let browser: Browser | undefined;
  let weir: Weir | undefined;

  beforeAll(async () => {
    server = await startServer(options);
    browser = await startBrowser();
    weir = await connect({ name: 'test', socket: server.socket });
  }, SET_LIMIT_MS);

  afterAll(async () => {
    weir?.close();
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });

  return {
    get server() {
      return there(server);
    },
    get browser() {
      return there(browser);
    },
    get weir() {
      return there(weir);
    },
    openMixer: () => openMixer(there(browser), there(server).url),
  };
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('used before beforeAll, or after it failed');
  return part;
}
