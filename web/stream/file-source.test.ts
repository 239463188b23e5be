import { expect, test } from 'vitest';
import { FileSource } from './file-source.js';
import { PLAY_LIMITS } from './limits.js';

test.each([
  [PLAY_LIMITS.fileBytes, 'FILE_UNREADABLE'],
  [PLAY_LIMITS.fileBytes + 1, 'FILE_TOO_LARGE'],
])('a file of %i bytes: %s', async (size, code) => {
  const file = Object.defineProperty(new File([], 'long.wav'), 'size', { value: size });
  const decoder = { decodeAudioData: () => Promise.reject(new Error('no sound in it')) };
  await expect(FileSource.open(file, decoder)).rejects.toMatchObject({ failure: { code } });
});
