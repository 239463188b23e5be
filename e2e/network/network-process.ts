import { Link } from './link.js';
import { seededRandom } from './random.js';
import { TcpPath } from './tcp-path.js';
import { UdpPath } from './udp-path.js';
import { type Weather, WEATHER } from './weather.js';

/** What the test tells this process. */
export interface NetworkStart {
  readonly targetPort: number;
  readonly seed: number;
  readonly weather: Weather;
  /** Else it lets TCP through only, as many networks do. */
  readonly udp: boolean;
}

export type NetworkOrder = { readonly become: Weather } | 'count';

/** Bytes since it began, as links count them. */
export interface Carried {
  readonly upBytes: number;
  readonly downBytes: number;
}

const { targetPort, seed, weather, udp: letsUdp } = JSON.parse(process.argv[2] ?? '{}') as NetworkStart;
const links = [1, 2, 3, 4].map((way) => new Link(WEATHER.lan, seededRandom(seed * 16 + way)));
const [tcpUp, tcpDown, udpUp, udpDown] = links;
if (!tcpUp || !tcpDown || !udpUp || !udpDown) throw new Error('four ways were made');

function become(next: Weather): void {
  for (const link of links) link.weather = next;
}

become(weather);
const tcp = new TcpPath(targetPort, tcpUp, tcpDown);
const udp = new UdpPath(targetPort, udpUp, udpDown);
// One port for both: WebTransport is on the port of the page.
const port = await tcp.listen();
if (letsUdp) await udp.listen(port);
process.on('message', (order: NetworkOrder) => {
  if (order !== 'count') return become(order.become);
  const carried: Carried = {
    upBytes: tcpUp.sentBytes + udpUp.sentBytes,
    downBytes: tcpDown.sentBytes + udpDown.sentBytes,
  };
  process.send?.(carried);
});
process.on('disconnect', () => {
  tcp.close();
  if (letsUdp) udp.close();
});
process.send?.(port);
