import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeviceSpec } from '../device/device-spec.js';
import { Pool } from '../mempool/pool.js';
import { WeirError } from '../observe/errors.js';
import { furnish } from './furnish.js';
import type { Guest } from './guest.js';
import type { House } from './house.js';
import type { Peer } from './port.js';
import { plainRequest } from '../stream/request.js';
import type { Direction, Stream, StreamOwner } from '../stream/stream.js';

const LIMITS = { clients: 64, streams: 16, poolBytes: 16 * 1024 * 1024 };
export const OWN_UID = process.geteuid?.() ?? -1;

export const OWNER: Peer = { carrier: 'pulse', uid: OWN_UID, sharedMemory: true };
export const SANDBOXED: Peer = { ...OWNER, sandbox: 'flatpak' };

/** The rooms of a real server without its ways in: whoever is there was let in by the test. */
export class FurnishedHouse implements AsyncDisposable {
  readonly house: House;
  readonly #folder = mkdtempSync(join(tmpdir(), 'weir-house-'));

  /** Its outputs, as --device has them. */
  constructor(...specs: string[]) {
    const devices = specs.map((text) => must(parseDeviceSpec(text)));
    this.house = furnish({ limits: LIMITS, runtimeDir: this.#folder, stateDir: this.#folder }, devices);
  }

  welcome(peer: Peer, name = 'guest'): Guest {
    return must(
      this.house.reception.admit(peer, (client, house) => {
        const quota = house.makeQuota(peer);
        return { client, peer, name, greeted: true, ended: false, quota, end: () => {} };
      }),
    );
  }

  open(direction: Direction, { client, quota }: Guest, device: string): Stream {
    const owner: StreamOwner = { client, party: client, tell: () => {}, ended: () => {} };
    const request = plainRequest({
      id: randomBytes(16).toString('hex'),
      direction,
      name: 'tone',
      device,
      spec: { format: 's16', rate: 48_000, channels: 2 },
      latencyUs: 0,
      transport: 'private',
      volume: 1,
      paused: false,
    });
    return must(this.house.streams.open(request, owner, new Pool(quota, undefined)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of [...this.house.streams.all]) this.house.streams.close(stream);
    this.house.copies.close();
    await this.house.outputs.close();
    rmSync(this.#folder, { recursive: true });
  }
}

export function must<T>(value: T | WeirError): T {
  if (value instanceof WeirError) throw value;
  return value;
}
