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
}

const { targetPort, seed, weather } = JSON.parse(process.argv[2] ?? '{}') as NetworkStart;
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
await udp.listen(port);
process.on('message', become);
process.on('disconnect', () => {
  tcp.close();
  udp.close();
});
process.send?.(port);
