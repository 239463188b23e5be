import koffi from 'koffi';

/** libc as a hostile program uses it: no wrapper, no checks. A failure is errno's name. */
const libc = koffi.load('libc.so.6');

type Call<Arguments extends unknown[]> = (...args: Arguments) => number;

const call: {
  mmap: Call<[at: number, bytes: number, protection: number, flags: number, fd: number, offset: number]>;
  mprotect: Call<[at: number, bytes: number, protection: number]>;
  pwrite: Call<[fd: number, bytes: Uint8Array, count: number, offset: number]>;
  ftruncate: Call<[fd: number, bytes: number]>;
  fallocate: Call<[fd: number, mode: number, offset: number, bytes: number]>;
  fcntl: Call<[fd: number, command: number, argument: number]>;
  memfdCreate: Call<[name: string, flags: number]>;
  pipe: Call<[fds: Int32Array]>;
  dup: Call<[fd: number]>;
  mount: Call<[source: string, target: string, type: string, flags: number, data: string]>;
} = {
  mmap: libc.func('intptr_t mmap(intptr_t at, size_t bytes, int protection, int flags, int fd, int64_t offset)'),
  mprotect: libc.func('int mprotect(intptr_t at, size_t bytes, int protection)'),
  pwrite: libc.func('intptr_t pwrite(int fd, const void *bytes, size_t count, int64_t offset)'),
  ftruncate: libc.func('int ftruncate(int fd, int64_t bytes)'),
  fallocate: libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t bytes)'),
  fcntl: libc.func('int fcntl(int fd, int command, int argument)'),
  memfdCreate: libc.func('int memfd_create(const char *name, unsigned int flags)'),
  pipe: libc.func('int pipe(_Out_ int *fds)'),
  dup: libc.func('int dup(int fd)'),
  mount: libc.func(
    'int mount(const char *source, const char *target, const char *type, uint64_t flags, const char *data)',
  ),
};

/** pwrite(2) from memory at an address, on a thread that may block for ever. */
const writeFrom = libc.func('intptr_t pwrite(int fd, intptr_t from, size_t count, int64_t offset)');

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const F_ADD_SEALS = 1033;
const FALLOC_FL_PUNCH_HOLE = 3; // with KEEP_SIZE
const MFD_ALLOW_SEALING = 2;
const MFD_HUGETLB = 4;

const names = new Map(Object.entries(koffi.os.errno).map(([name, value]) => [value, name]));

function outcome(value: number): string {
  return value === -1 ? (names.get(koffi.errno()) ?? 'unknown') : 'done';
}

function mmap(fd: number, bytes: number, protection: number): number {
  return call.mmap(0, bytes, protection, MAP_SHARED, fd, 0);
}

/** Everything a program could try on a segment that it was handed, each with what came of it. */
export function attacks(fd: number, sizeBytes: number): Record<string, string> {
  return {
    mapWritable: outcome(mmap(fd, sizeBytes, PROT_READ | PROT_WRITE)),
    makeWritable: outcome(call.mprotect(mmap(fd, sizeBytes, PROT_READ), sizeBytes, PROT_READ | PROT_WRITE)),
    write: outcome(call.pwrite(fd, new Uint8Array(1), 1, 0)),
    shrink: outcome(call.ftruncate(fd, 0)),
    grow: outcome(call.ftruncate(fd, 2 * sizeBytes)),
    punchHole: outcome(call.fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, sizeBytes)),
    seal: outcome(call.fcntl(fd, F_ADD_SEALS, 8)),
  };
}

/** A memfd on huge pages; -1 where the kernel has none. */
export function hugePagesMemfd(sizeBytes: number): number {
  const fd = call.memfdCreate('huge', MFD_ALLOW_SEALING | MFD_HUGETLB);
  return fd >= 0 && call.ftruncate(fd, sizeBytes) === 0 ? fd : -1;
}

export const truncate = (fd: number, bytes: number): string => outcome(call.ftruncate(fd, bytes));
export const duplicate = (fd: number): number => call.dup(fd);

export function pipe(): [read: number, write: number] {
  const fds = new Int32Array(2);
  call.pipe(fds);
  return [fds[0] ?? -1, fds[1] ?? -1];
}

/** Mounts a FUSE file system whose daemon reads `deviceFd`, an open /dev/fuse. */
export function mountFuse(deviceFd: number, directory: string): string {
  const options = `fd=${deviceFd},rootmode=40000,user_id=0,group_id=0`;
  return outcome(call.mount('weir-test', directory, 'fuse', 0, options));
}

/** Holds the lock of `fd`'s inode for as long as the first page of the file `from` does not come: write(2) waits for it under that lock. */
export function holdInodeLock(fd: number, from: number): void {
  writeFrom.async(fd, mmap(from, 4096, PROT_READ), 4096, 0, () => {});
}
