import koffi from 'koffi';

/** What a hostile client needs of libc beyond server/mempool/libc.fixture.ts. */
const libc = koffi.load('libc.so.6');

const iovec = koffi.struct('weir_iovec', { base: 'void *', length: 'size_t' });
koffi.struct('weir_msghdr', {
  name: 'void *',
  nameLength: 'uint32_t',
  vectors: koffi.pointer(iovec),
  vectorCount: 'size_t',
  control: 'void *',
  controlLength: 'size_t',
  flags: 'int',
});

/** All of them answer with a number. */
const libcCall = (prototype: string): ((...args: unknown[]) => number) => libc.func(prototype);

const call = {
  sendmsg: libcCall('intptr_t sendmsg(int fd, const weir_msghdr *message, int flags)'),
  fcntl: libcCall('int fcntl(int fd, int command, int argument)'),
  setsockopt: libcCall('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
  shutdown: libcCall('int shutdown(int fd, int how)'),
};

const F_SETFL = 4;
const O_ASYNC = 0o20000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;
const CMSG_HEADER_BYTES = 16;
const SHUT_RDWR = 2;

/** One byte and as many descriptors as sendmsg(2) takes; the shim sends no more than 16. */
export function sendManyDescriptors(fd: number, fds: readonly number[]): 'done' | 'failed' {
  const control = Buffer.alloc(CMSG_HEADER_BYTES + 4 * fds.length + ((4 * fds.length) % 8));
  control.writeBigUInt64LE(BigInt(CMSG_HEADER_BYTES + 4 * fds.length), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  for (const [i, one] of fds.entries()) control.writeInt32LE(one, CMSG_HEADER_BYTES + 4 * i);
  const message = {
    name: null,
    nameLength: 0,
    vectors: [{ base: new Uint8Array(1), length: 1 }],
    vectorCount: 1,
    control,
    controlLength: control.length,
    flags: 0,
  };
  return call.sendmsg(fd, message, MSG_NOSIGNAL) === 1 ? 'done' : 'failed';
}

/** Blocking, and with signals asked for: flags of the open file that sender and receiver of a descriptor would share. */
export const spoilFlags = (fd: number): number => call.fcntl(fd, F_SETFL, O_ASYNC);

export function shrinkBuffers(fd: number): void {
  const one = Int32Array.of(1);
  for (const name of [SO_SNDBUF, SO_RCVBUF]) call.setsockopt(fd, SOL_SOCKET, name, one, 4);
}

export const shutDown = (fd: number): number => call.shutdown(fd, SHUT_RDWR);
