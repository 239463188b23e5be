import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { viewOf } from '../../native-shim/library.js';
import { CONTROL } from '../../native-shim/ring-layout.js';
import { close } from '../../native-shim/sys.js';
import { WeirError } from '../observe/errors.js';
import { KeptMemory } from './kept-memory.js';
import { Pool, type Ring } from './pool.js';
import { Quota } from './quota.js';
import { PlaybackReader, RecordWriter } from './ring.js';
import { controlWords, type Direction, type RingMemory } from './ring-memory.js';
import { FRAME_BYTES, pause, type PeerReport, type PeerTerms } from './ring.peer.js';

const PEER = fileURLToPath(new URL('ring.peer.js', import.meta.url));
const FRAMES = 1e8;
const START = 2 ** 32 - FRAMES / 2;
const TERMS: PeerTerms = { capacityFrames: 65_536, quantumFrames: 512, start: START, end: START + FRAMES };

const kept = new KeptMemory();
afterAll(() => {
  kept.close();
});

/** Runs `here` against another process over one shared ring, half of it on each side of the 2^32 wrap. */
async function withPeer(direction: Direction, here: (memory: RingMemory) => void): Promise<PeerReport> {
  const ring: Ring | WeirError = new Pool(new Quota(2 ** 20), { uid: 0, kept }).openRing({
    capacityFrames: TERMS.capacityFrames,
    frameBytes: FRAME_BYTES,
    direction,
  });
  if (ring instanceof WeirError) throw ring;
  const words = controlWords(ring.memory);
  words[CONTROL.written] = START | 0;
  words[CONTROL.read] = START | 0;
  const [control = -1, data = -1, wake = -1] = ring.takeFds();
  const peer = spawn(process.execPath, [PEER, direction, JSON.stringify(TERMS)], {
    stdio: ['ignore', 'pipe', 'inherit', control, data],
  });
  for (const fd of [control, data, wake]) close(fd);
  if (!peer.stdout) throw new Error('the peer has no output');
  const report = text(peer.stdout);
  try {
    here(ring.memory);
    await once(peer, 'exit');
    return JSON.parse(await report) as PeerReport;
  } finally {
    peer.kill('SIGKILL');
    ring.free();
  }
}

test('10^8 frames from another process arrive once and in order', { timeout: 120_000 }, async () => {
  let wrongFrames = 0;
  const report = await withPeer('playback', (memory) => {
    const samples = new Int32Array(viewOf(memory.samples, TERMS.capacityFrames * FRAME_BYTES));
    const reader = new PlaybackReader(memory, START);
    while (reader.frames < TERMS.end && !reader.corrupt) {
      const frames = reader.contiguous(Math.max(0, reader.fill()));
      const { offset, frames: first } = reader;
      for (let i = 0; i < frames; i++) if (samples[offset + i] !== ((first + i) | 0)) wrongFrames++;
      reader.advance(frames);
      if (frames === 0) pause();
    }
    expect([reader.corrupt, reader.frames]).toEqual([false, TERMS.end]);
  });
  expect(wrongFrames).toBe(0);
  expect(report.frames).toBe(FRAMES);
});

test(
  '10^8 frames to another process: what it reads is right, what it does not is counted',
  { timeout: 120_000 },
  async () => {
    const report = await withPeer('record', (memory) => {
      const samples = new Int32Array(viewOf(memory.samples, TERMS.capacityFrames * FRAME_BYTES));
      const writer = new RecordWriter(memory, START);
      while (writer.frames < TERMS.end) {
        const { offset, frames: first } = writer;
        const frames = writer.contiguous(Math.min(TERMS.quantumFrames, TERMS.end - first));
        for (let i = 0; i < frames; i++) samples[offset + i] = (first + i) | 0;
        writer.commit(frames);
        // Waits for the listener but in every fourth million of frames, the first one included: it has not even started then.
        const isPaced = (first - START) % 4e6 >= 1e6;
        if (isPaced && writer.fill() > TERMS.capacityFrames / 2) pause();
      }
    });
    expect(report.wrongFrames).toBe(0);
    expect(report.frames + report.lostFrames).toBe(FRAMES);
    expect(report.frames).toBeGreaterThan(FRAMES / 100);
    expect(report.lostFrames).toBeGreaterThan(0);
  },
);
