import { execFileSync } from 'node:child_process';

/** The process that speaks QUIC for the server of that process id; throws where there is none. */
export function quicChildOf(pid: number): number {
  const found = execFileSync('pgrep', ['-P', String(pid), '-f', 'webtransport/child']);
  return Number(found.toString().trim());
}
