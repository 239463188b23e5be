import { weir } from '#proto';
import { expect, test } from 'vitest';
import { soundMessage } from './sound-message.js';

const packet = (bytes: number) => ({
  kind: 'packet' as const,
  frame: 7,
  frames: 480,
  captureUs: 1_234_567_890_123,
  data: Uint8Array.from({ length: bytes }, (_, i) => i),
});

test.each([0, 1, 110, 127, 128, 300, 16_383, 16_384, 190_000])(
  'a packet of %d bytes is what protobuf would have made of it',
  (bytes) => {
    const sound = packet(bytes);
    for (const [stream, frame] of [
      [1, 0],
      [300, 2 ** 40 + 480],
      [2 ** 32 - 1, 960],
    ] as const) {
      const { audio, body } = weir.v1.ServerMessage.decode(soundMessage(stream, frame, sound));
      expect(body).toBe('audio');
      expect(audio).toMatchObject({ stream, frame, captureUs: sound.captureUs });
      expect(Buffer.from(audio?.data ?? []).equals(sound.data)).toBe(true);
    }
  },
);
