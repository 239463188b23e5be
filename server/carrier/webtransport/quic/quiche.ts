import { createRequire } from 'node:module';

/**
 * What is used of quiche 0.18 as @matrixai/quic binds it (its native/types.d.ts). Of that project's packages only the binary
 * for Linux on x64 is installed: the rest is a QUIC library of its own, and lists binaries that no registry has.
 */

export interface Host {
  readonly host: string;
  readonly port: number;
}

export interface QuicheConfig {
  setApplicationProtos(protocols: string[]): void;
  setMaxIdleTimeout(timeoutMs: number): void;
  setMaxRecvUdpPayloadSize(sizeBytes: number): void;
  setMaxSendUdpPayloadSize(sizeBytes: number): void;
  setInitialMaxData(sizeBytes: number): void;
  setInitialMaxStreamDataBidiLocal(sizeBytes: number): void;
  setInitialMaxStreamDataBidiRemote(sizeBytes: number): void;
  setInitialMaxStreamDataUni(sizeBytes: number): void;
  setInitialMaxStreamsBidi(count: number): void;
  setInitialMaxStreamsUni(count: number): void;
  setMaxConnectionWindow(sizeBytes: number): void;
  setMaxStreamWindow(sizeBytes: number): void;
  setDisableActiveMigration(disabled: boolean): void;
  enableDgram(enabled: boolean, receiveQueue: number, sendQueue: number): void;
  grease(enabled: boolean): void;
}

/** Calls throw an Error whose message is quiche's error ("Done", "StreamReset(n)", …) where they do not say otherwise. */
export interface QuicheConnection {
  recv(packet: Uint8Array, info: { from: Host; to: Host }): number;
  /** The next packet to send, written into `room`; null when there is none now. */
  send(room: Uint8Array): [sizeBytes: number, info: unknown] | null;
  /** Milliseconds until `onTimeout` is due. */
  timeout(): number | null;
  onTimeout(): void;
  /** There are streams to read, or datagrams. */
  isReadable(): boolean;
  /** Streams to read; some of them may have been read by now. */
  readable(): Iterable<number>;
  streamReadable(stream: number): boolean;
  /** Null when there is nothing. */
  streamRecv(stream: number, room: Uint8Array): [sizeBytes: number, fin: boolean] | null;
  /** Bytes taken; null when the stream takes none now. */
  streamSend(stream: number, bytes: Uint8Array, fin: boolean): number | null;
  streamShutdown(stream: number, direction: number, code: number): void;
  peerStreamsLeftUni(): number;
  dgramRecvVec(): Uint8Array | null;
  dgramSend(bytes: Uint8Array): void;
  dgramSendQueueByteSize(): number;
  dgramMaxWritableLen(): number | null;
  dgramPurgeOutgoing(isPurged: (bytes: Uint8Array) => boolean): void;
  sendAckEliciting(): void;
  close(isApplication: boolean, code: number, reason: Uint8Array): void;
  isEstablished(): boolean;
  isClosed(): boolean;
}

export interface QuicheHeader {
  /** 0 is Initial. */
  readonly ty: number;
  readonly version: number;
  readonly dcid: Uint8Array;
  readonly scid: Uint8Array;
  readonly token?: Uint8Array;
}

export interface Quiche {
  readonly Config: {
    withBoringSslCtx(
      verifyPeer: boolean,
      verifyAllowFail: boolean,
      ca: null,
      keysPem: Uint8Array[],
      certificatesPem: Uint8Array[],
      signatures: null,
    ): QuicheConfig;
  };
  readonly Connection: {
    accept(scid: Uint8Array, odcid: Uint8Array, local: Host, peer: Host, config: QuicheConfig): QuicheConnection;
  };
  readonly Header: { fromSlice(packet: Uint8Array, dcidBytes: number): QuicheHeader };
  negotiateVersion(scid: Uint8Array, dcid: Uint8Array, room: Uint8Array): number;
  retry(
    scid: Uint8Array,
    dcid: Uint8Array,
    newScid: Uint8Array,
    token: Uint8Array,
    version: number,
    room: Uint8Array,
  ): number;
  versionIsSupported(version: number): boolean;
}

/** quiche's Type.Initial and Shutdown. */
export const INITIAL = 0;
export const SHUTDOWN = { READ: 0, WRITE: 1 } as const;

const PACKAGE = '@matrixai/quic-linux-x64';

/** Throws whatever keeps the package from loading: it is not installed, or has no binary for this machine. */
export function loadQuiche(): Quiche {
  const quiche: unknown = createRequire(import.meta.url)(PACKAGE);
  if (!isQuiche(quiche)) throw new Error(`${PACKAGE} is not the version that this server knows`);
  return quiche;
}

/** All that it does is done through these: what is behind them is held by the package's pinned version. */
function isQuiche(value: unknown): value is Quiche {
  const parts = ['Config', 'Connection', 'Header', 'negotiateVersion', 'retry', 'versionIsSupported'];
  return typeof value === 'object' && value !== null && parts.every((part) => part in value);
}
