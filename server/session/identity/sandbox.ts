import { readlinkSync, statSync } from 'node:fs';
import type { ProcessHandle } from './process-handle.js';

/** Why a process counts as sandboxed. */
export type Sandbox = 'flatpak' | 'snap' | 'user namespace' | 'process namespace' | 'root directory' | 'unreadable';

const FLATPAK_MARK = 'root/.flatpak-info';
/** A strict snap's AppArmor label, whatever its mode is called. A classic snap is no sandbox: its profile only complains. */
const SNAP_LABEL = /^snap\.(?!.*\(complain\))/;

/**
 * What holds this process in, or undefined for one that lives in the server's own world. What cannot be read counts as
 * sandboxed. Mount, network and cgroup namespaces alone say nothing: systemd gives them to plain services.
 */
export function sandboxOf(process: ProcessHandle): Sandbox | undefined {
  try {
    // The namespaces come first: who has one of its own may have a root of its own too, on a file system whose daemon never
    // answers, and looking there would hang. In our user namespace only root can arrange that.
    if (process.link('ns/user') !== readlinkSync('/proc/self/ns/user')) return 'user namespace';
    if (process.link('ns/pid') !== readlinkSync('/proc/self/ns/pid')) return 'process namespace';
    if (SNAP_LABEL.test(appArmorLabel(process))) return 'snap';
    if (exists(process, FLATPAK_MARK)) return 'flatpak';
    const theirs = process.stat('root/');
    const ours = statSync('/', { bigint: true });
    return theirs.dev === ours.dev && theirs.ino === ours.ino ? undefined : 'root directory';
  } catch {
    return 'unreadable';
  }
}

function exists(process: ProcessHandle, name: string): boolean {
  return absentIs(false, ['ENOENT'], () => {
    process.stat(name);
    return true;
  });
}

/** Empty where the kernel has no AppArmor: no such file, or EINVAL. */
function appArmorLabel(process: ProcessHandle): string {
  return absentIs('', ['ENOENT', 'EINVAL'], () => process.text('attr/current'));
}

function absentIs<T>(absent: T, codes: readonly string[], look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error && codes.some((code) => code === error.code)) return absent;
    throw error;
  }
}
