import { expect, test } from 'vitest';
import { channelVolumes } from './channel-volumes.js';

test('each channel of an output says where it stands, and follows the fader', () => {
  expect(channelVolumes({ volume: 0.6, balance: [0.5, 1], channels: 2 })).toBe('L 30 % · R 60 %');
  expect(channelVolumes({ volume: 1.2, balance: [0.5, 1], channels: 2 })).toBe('L 60 % · R 120 %');
  const balance = [0.3, 0.6, 0.1, 1, 0.8, 0.45];
  const said = 'L 30 % · R 60 % · C 10 % · LFE 100 % · BL 80 % · BR 45 %';
  expect(channelVolumes({ volume: 1, balance, channels: 6 })).toBe(said);
});

test('channels that are alike, and a balance for other ones, say nothing', () => {
  expect(channelVolumes({ volume: 1, balance: [], channels: 2 })).toBeUndefined();
  expect(channelVolumes({ volume: 1, balance: [0.5, 1], channels: 6 })).toBeUndefined();
});
