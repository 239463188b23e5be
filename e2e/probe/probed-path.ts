import type { Browser, Page } from 'playwright-core';
import { connect, type JitterInfo, type StreamInfo, type Weir } from '../../native-shim/client/index.js';
import { type PageStats, startBrowser, statsOf } from '../browser.js';
import { eventually } from '../eventually.js';
import { type Network, startNetwork } from '../network/network.js';
import type { WeatherName } from '../network/weather.js';
import { type Server, startServer } from '../server.js';
import { openProbePage } from './probe-page.js';
import { quadratureFrames, type QuadratureSignal, RATE } from './quadrature.js';

export interface PathTerms {
  readonly carrier: 'webtransport' | 'websocket';
  /** Left out: straight to the server, by WebTransport. */
  readonly weather?: WeatherName;
  readonly signal: QuadratureSignal;
}

export interface Tuning {
  readonly purpose?: 'talk' | 'music';
  readonly codec?: 'pcm' | 'opus';
  readonly latencyMs?: number | 'auto';
}

const WRITE_FRAMES = RATE / 10;

/**
 * A real Chromium, a network and a server: what the page captures goes to the output `up`, what is played to the output `down` is
 * heard by the page. Both are the probe's signal.
 */
export class ProbedPath implements AsyncDisposable {
  static async open({ carrier, weather, signal }: PathTerms): Promise<ProbedPath> {
    const server = await startServer({ devices: ['null:up', 'null:down'] });
    const { port } = new URL(server.url);
    const network = weather && (await startNetwork(Number(port), weather, { udp: carrier === 'webtransport' }));
    const browser = await startBrowser({ args: network ? [network.chromiumFlag] : [] });
    const weir = await connect({ name: 'probe', socket: server.socket });
    const page = await openProbePage(browser, `http://localhost:${port}`, signal);
    const path = new ProbedPath(server, network, browser, weir, page, signal);
    await eventually(`the page by ${carrier}`, async () => {
      const { clients } = await weir.snapshot();
      return clients.find((client) => client.carrier === carrier);
    });
    return path;
  }

  readonly #network: Network | undefined;
  readonly #playing = new AbortController();
  #played: Promise<void> | undefined;

  private constructor(
    readonly server: Server,
    network: Network | undefined,
    readonly browser: Browser,
    readonly weir: Weir,
    readonly page: Page,
    readonly signal: QuadratureSignal,
  ) {
    this.#network = network;
  }

  get network(): Network {
    if (!this.#network) throw new Error('this path was opened without a network');
    return this.#network;
  }

  /** The page's microphone, live, to the output `up`. */
  async speak(tuning: Tuning = {}): Promise<void> {
    await this.page.getByTestId('play-output').selectOption('up');
    await this.page.getByTestId('play-microphone').click();
    await this.#until('the page speaks', (stream) => stream.state === 'playing');
    if (tuning.purpose) await this.page.getByTestId(`play-purpose-${tuning.purpose}`).check({ force: true });
    await this.#tune('play', tuning);
    await this.#until(
      'the page speaks on',
      ({ state, codec }) => state === 'playing' && codec === (tuning.codec ?? 'pcm'),
    );
  }

  /** The page hears the output `down`, on which the signal is played. */
  async listen(tuning: Tuning = {}): Promise<void> {
    this.#played ??= this.#play();
    await this.page.getByTestId('listen-source').selectOption('down.monitor');
    if (tuning.purpose) await this.page.getByTestId(`listen-${tuning.purpose}`).check({ force: true });
    await this.#tune('listen', tuning);
    await this.page.getByTestId('listen-start').click();
    await eventually('the page hears', async () => {
      const { framesPlayed, codec } = (await this.stats()).listen;
      return framesPlayed > 0 && codec === (tuning.codec ?? 'pcm') ? true : undefined;
    });
  }

  /** Both ways, while they go on. */
  async retune(tuning: Tuning): Promise<void> {
    await this.#tune('play', tuning);
    await this.#tune('listen', tuning);
  }

  /** The page's live stream, as the server sees it. */
  async stream(): Promise<StreamInfo | undefined> {
    const { streams } = await this.weir.snapshot();
    return streams.find(({ direction, transport }) => direction === 'playback' && transport === 'copies');
  }

  async jitter(): Promise<JitterInfo> {
    const stream = await this.stream();
    if (!stream) throw new Error('the page does not speak');
    return stream.jitter;
  }

  stats(): Promise<PageStats> {
    return statsOf(this.page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#playing.abort();
    await this.#played;
    this.weir.close();
    await this.browser.close();
    await this.#network?.close();
    await this.server[Symbol.asyncDispose]();
  }

  async #tune(what: 'play' | 'listen', { codec, latencyMs }: Tuning): Promise<void> {
    const way = this.page.getByTestId(`${what}-way`);
    const choice = (name: RegExp) => way.getByRole('combobox', { name });
    if (codec === undefined && latencyMs === undefined) return;
    await way.locator('summary').click();
    if (codec !== undefined) await choice(/^Codec/).selectOption(codec);
    if (latencyMs !== undefined) await choice(/^Latency/).selectOption(String(latencyMs));
    await way.locator('summary').click();
  }

  async #until(what: string, holds: (stream: StreamInfo) => boolean): Promise<void> {
    await eventually(what, async () => {
      const stream = await this.stream();
      return stream && holds(stream) ? true : undefined;
    });
  }

  async #play(): Promise<void> {
    const spec = { name: 'probe', device: 'down', format: 'f32', rate: RATE, channels: 2, latencyMs: 200 } as const;
    const stream = await this.weir.play(spec);
    for (let frame = 0; !this.#playing.signal.aborted; frame += WRITE_FRAMES) {
      await stream.write(new Uint8Array(quadratureFrames(this.signal, frame, WRITE_FRAMES).buffer));
    }
    await stream.close();
  }
}
