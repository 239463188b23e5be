import { watch, type Watch } from '../../../../native-shim/poll.js';
import { accept, close, connect, listen, must, receive, send, SysError } from '../../../../native-shim/sys.js';
import { WeirError } from '../../../observe/errors.js';
import { FrameReader } from './framing/frame-reader.js';
import { bytesOfFrame } from './frames.fixture.js';
import { type Told, Translation } from './translation.fixture.js';

interface Way {
  readonly from: number;
  readonly to: number;
  readonly reader: FrameReader;
  readonly isClients: boolean;
  readonly waiting: { bytes: Uint8Array; fds: readonly number[] }[];
}

/**
 * Stands between PulseAudio's programs and a PulseAudio server and passes nothing on that it did not take apart and put
 * together again: every frame by FrameReader, every packet by the tables of requests, replies and events.
 */
export class Relay {
  /** Every packet that went through, in turn. */
  readonly told: Told[] = [];
  /** Frames of each kind that went through, and descriptors. */
  readonly counts: Record<string, number> = { fds: 0 };
  readonly broken: WeirError[] = [];
  readonly #watches = new Set<Watch>();
  readonly #ends: (() => void)[] = [];

  /** @param version that both sides are made to speak; undefined leaves it to them */
  constructor(path: string, serverPath: string, version?: number) {
    const listening = must(listen(path, 0o600, 16));
    const watching = watch(listening, { readable: true, writable: false }, () => {
      for (let client = accept(listening); !(client instanceof SysError); client = accept(listening)) {
        this.#join(client, must(connect(serverPath)), new Translation(version, (told) => this.told.push(told)));
      }
    });
    this.#ends.push(() => {
      watching.close();
      close(listening);
    });
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  #join(client: number, server: number, translation: Translation): void {
    const ways: Way[] = [
      { from: client, to: server, reader: new FrameReader(), isClients: true, waiting: [] },
      { from: server, to: client, reader: new FrameReader(), isClients: false, waiting: [] },
    ];
    for (const way of ways) way.reader.sharedMemory = true;
    let open = true;
    const end = (): void => {
      if (!open) return;
      open = false;
      for (const watching of watches) watching.close();
      for (const way of ways) for (const fd of way.reader.leave()) close(fd);
      close(client);
      close(server);
    };
    this.#ends.push(end);
    const turn = (): void => {
      for (const way of ways) if (open && !this.#pass(way, translation)) end();
      if (!open) return;
      for (const [index, watching] of watches.entries()) {
        watching.want({ readable: true, writable: (ways[1 - index]?.waiting.length ?? 0) > 0 });
      }
    };
    const watches = ways.map((way) => watch(way.from, { readable: true, writable: false }, turn));
    for (const watching of watches) this.#watches.add(watching);
  }

  /** Reads what there is and sends what can be sent; false at the end. */
  #pass(way: Way, translation: Translation): boolean {
    const got = receive(way.from, way.reader.room(), 4);
    if (got instanceof SysError) {
      if (got.errno !== 'EAGAIN') return false;
    } else if (got.length === 0) {
      return false;
    } else {
      this.counts['fds'] = (this.counts['fds'] ?? 0) + got.fds.length;
      way.reader.filled(got.length, got.fds);
      for (let frame = way.reader.next(); frame !== undefined; frame = way.reader.next()) {
        if (frame instanceof WeirError) {
          this.broken.push(frame);
          return false;
        }
        this.counts[frame.kind] = (this.counts[frame.kind] ?? 0) + 1;
        const passed =
          frame.kind === 'packet' ? { ...frame, bytes: translation.translate(frame.bytes, way.isClients) } : frame;
        way.waiting.push({ bytes: bytesOfFrame(passed), fds: frame.fds });
      }
    }
    return flush(way);
  }
}

function flush(way: Way): boolean {
  for (let head = way.waiting[0]; head; head = way.waiting[0]) {
    const sent = send(way.to, head.bytes, head.fds);
    if (sent instanceof SysError) return sent.errno === 'EAGAIN';
    for (const fd of head.fds) close(fd);
    if (sent === head.bytes.length) way.waiting.shift();
    else way.waiting[0] = { bytes: head.bytes.subarray(sent), fds: [] };
  }
  return true;
}
