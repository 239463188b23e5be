import { createInterface } from 'node:readline';
import { Bonjour, type Service, type ServiceConfig } from 'bonjour-service';
import { Announcer } from './announcer.js';

// Another machine's ears and our own mouth in one process: it runs in a network of its own, of which `address` is the only
// one. Each line on stdin is an order, each on stdout what was heard.

const [address = ''] = process.argv.slice(2);
const socket: Partial<ServiceConfig> & { interface: string; bind: string } = { interface: address, bind: '0.0.0.0' };
const ears = new Bonjour(socket);
const announcer = new Announcer();

const say = (heard: unknown): void => void process.stdout.write(`${JSON.stringify(heard)}\n`);
const tell = (event: string) => (service: Service) => {
  const { name, host, port, addresses } = service;
  const txt: unknown = service.txt;
  say({ event, name, host, port, txt, addresses });
};
ears.find({ type: 'weir' }).on('up', tell('up')).on('down', tell('down'));

const orders: Record<string, () => void> = {
  announce: () => announcer.announce({ host: 'weir-loft7.local', port: 4790, addresses: [address, 'fd00::1'] }),
  move: () => announcer.announce({ host: 'weir-loft7.local', port: 4800, addresses: [address] }),
  withdraw: () => void announcer.withdraw().then(() => say('withdrawn')),
  end: () => process.exit(0),
};
createInterface(process.stdin).on('line', (order) => orders[order]?.());
