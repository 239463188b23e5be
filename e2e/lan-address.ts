import { networkInterfaces } from 'node:os';
import { addressKind } from '../server/config/address.js';

/** This machine as others see it: its first private IPv4 address. Undefined on a machine without a network. */
export const LAN_ADDRESS = Object.values(networkInterfaces())
  .flatMap((found) => found ?? [])
  .filter(({ family }) => family === 'IPv4')
  .map(({ address }) => address)
  .find((address) => addressKind(address) === 'private');
