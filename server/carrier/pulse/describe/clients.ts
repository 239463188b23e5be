import type { Guest } from '../../../session/guest.js';
import type { ClientInfo } from '../wire/messages/object-info.js';
import { type Proplist, proplistOf } from '../wire/values/proplist.js';

/** A connection of any carrier. What the kernel says of it goes before what it says itself. */
export function describeClient({ client, name, peer }: Guest, said: Proplist): ClientInfo {
  const { carrier, pid, program } = peer;
  const known = proplistOf({
    'application.name': name,
    'application.process.id': pid?.toString(),
    'weir.program': program,
    'weir.carrier': carrier,
  });
  return { index: client, name, module: undefined, driver: 'weir', properties: new Map([...said, ...known]) };
}
