import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Carried, NetworkOrder, NetworkStart } from './network-process.js';
import { type Weather, WEATHER, type WeatherName } from './weather.js';

export interface Network {
  /** 127.0.0.1, TCP and UDP. */
  readonly port: number;
  /** A Chromium flag: the server's own address leads through the network, and Host stays what the server knows. */
  readonly chromiumFlag: string;
  become(weather: WeatherName | Weather): void;
  carried(): Promise<Carried>;
  close(): Promise<void>;
}

export interface NetworkOptions {
  /** The same seed makes the same weather. */
  readonly seed?: number;
  /** False: TCP only. */
  readonly udp?: boolean;
}

/** A network of its own process between a client and the server at `targetPort` of 127.0.0.1. */
export async function startNetwork(
  targetPort: number,
  weather: WeatherName | Weather,
  { seed = 1, udp = true }: NetworkOptions = {},
): Promise<Network> {
  const start: NetworkStart = { targetPort, seed, weather: weatherOf(weather), udp };
  const child = fork(fileURLToPath(new URL('./network-process.js', import.meta.url)), [JSON.stringify(start)]);
  const [port] = (await once(child, 'message')) as [number];
  return {
    port,
    chromiumFlag: `--host-resolver-rules=MAP localhost:${targetPort} 127.0.0.1:${port}`,
    become: (next) => void child.send({ become: weatherOf(next) } satisfies NetworkOrder),
    carried: async () => {
      const answer = once(child, 'message');
      child.send('count' satisfies NetworkOrder);
      const [carried] = (await answer) as [Carried];
      return carried;
    },
    close: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

function weatherOf(weather: WeatherName | Weather): Weather {
  return typeof weather === 'string' ? WEATHER[weather] : weather;
}
