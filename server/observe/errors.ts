/** Every refusal that Weir can utter: a stable code, and what the person it reaches can do. Retired codes are never reused. */
export const ERRORS = {
  // connection
  BAD_MESSAGE: 'The client broke the protocol; update it, or report this to its makers.',
  MESSAGE_TOO_LARGE: 'Send audio in smaller packets; the limit is in Welcome.limits.',
  VERSION_MISMATCH: 'Update the older of the two: client and server must share the major version.',
  HELLO_FIRST: 'Send Hello before anything else.',
  NOT_ALLOWED: 'Ask the person at this machine to allow it.',
  TOO_MANY_CLIENTS: 'Close another program, or raise [limits] clients.',
  TOO_SLOW: 'The client does not read what it asked for; read faster, or ask for fewer meters.',
  TOO_BUSY: 'Send fewer requests at once; wait for their answers.',
  KICKED: 'Somebody ended this connection in the mixer; connect again if it was a mistake.',
  GOING_DOWN: 'The server is stopping; connect again later.',
  PEER_UNKNOWN:
    'Connect from a program of the user who runs the server, outside any sandbox; or pair the browser: "weir pair" gives a link.',
  ORIGIN_REFUSED: 'Open the mixer at the address the server printed.',
  WEBTRANSPORT_OFF: 'Use WebSocket at /ws; the server’s log says why there is no WebTransport.',
  // pairing
  PAIRING_NEEDED:
    'Ask for a link: "weir pair" on the machine, or "Let a browser in" in its mixer. Open it in this browser.',
  LINK_INVALID: 'Ask for a new link: "weir pair" on the machine, or "Let a browser in" in its mixer.',
  PAIRING_REVOKED: 'Somebody took this browser’s pairing back; ask for a new link if it was a mistake.',
  PAIRING_NOT_FOUND: 'List the pairings with "weir grants".',
  TOO_MANY_PAIRINGS: 'Take one back first: "weir grants revoke ID".',
  PAIRINGS_UNREADABLE:
    'Remove the file that the message names and start the server again; each browser needs a new link then.',
  PAIRINGS_UNWRITABLE:
    'Make room in the state directory, or make it writable; what was asked holds until the server ends at most.',
  ROLE_UNKNOWN: 'Use owner: it is the only role there is.',
  LISTEN_LINK_INVALID: 'Copy a new listening address from the mixer; each is good for its own path, and for a time.',
  // HTTP
  REQUEST_INVALID: 'Correct what the message names; /api/v1/ describes every request.',
  ROUTE_NOT_FOUND: 'See /api/v1/ for what there is.',
  NO_ANSWER: 'The server is stopped or overloaded; look at it with "weir status", or restart it.',
  INTERNAL: 'This is a bug of the server; report it with what its log says.',
  // streams
  STREAM_NOT_FOUND: 'List the streams with "weir status"; it may have ended.',
  STREAM_ID_INVALID: 'Give the stream a random id of 16 bytes.',
  STREAM_REPLACED: 'The same stream was opened again; this is the older one.',
  TOO_MANY_STREAMS: 'Close a stream first, or raise [limits] streams.',
  FORMAT_UNSUPPORTED: 'Use s16, s24, s32 or f32, 1 to 8 channels, 8000 to 192000 Hz.',
  LATENCY_OUT_OF_RANGE: 'Ask for 1 to 2000 ms, or 0 for no wish.',
  VOLUME_OUT_OF_RANGE: 'Give a fader position from 0 to 1.5 (150 %).',
  QUOTA_EXCEEDED:
    'Close a stream or ask for less latency; the quota is [limits] pool_bytes a connection, 32 times that a user.',
  RING_CORRUPT: 'The client moved its counters wrongly; its stream is silent. Restart the client.',
  GRANT_EXCEEDED: 'Send only what Grant allows; the excess was dropped.',
  FRAMES_MISSING: 'The sender left frames out; it may be overloaded, or the way to here is.',
  PACKETS_UNREADABLE: 'Send packets of the codec that StreamOpened names; something was made up in their place.',
  READER_STALLED: 'The listener did not keep up; its oldest frames were dropped.',
  CODEC_UNAVAILABLE: 'Install libopus0 where the server runs, or listen to the .wav.',
  COPIES_LOST: 'Open the stream again; a client that reconnects by itself does so.',
  COPIES_OVERRUN: 'Send packets at the pace of the sound; the excess was dropped.',
  DEVICE_LOST: 'The device was unplugged or failed; plug it in, or move the stream to another.',
  DEVICE_SUSPENDED:
    'The output was told to leave its device to somebody else; let it take the device again, or use another one.',
  DEVICE_NOT_FOUND: 'List the devices with "weir status".',
  DEVICE_FAILED: 'Another program may hold the device; see what the message names.',
  DIRECTION_MISMATCH: 'Play to an output; record from an input or a monitor.',
  // clients and shared memory
  CLIENT_NOT_FOUND: 'List the clients with "weir status"; it may be gone.',
  SHARED_MEMORY_UNAVAILABLE: 'Ask for COPIES instead.',
  FD_MISSING: 'Send the descriptor in the same message.',
  FD_UNSEALED: 'Seal the memfd (SHRINK, GROW, SEAL; WRITE too for a sample) before sending it.',
  FD_NOT_MEMFD: 'Send a memfd; anything else is refused.',
  FD_WRONG_SIZE: 'Say the size that the memfd really has.',
  SAMPLE_NOT_FOUND: 'Upload the sample first.',
  SAMPLE_NAME_INVALID: 'Name the sample with 1 to 128 characters.',
  TOO_MANY_SAMPLES: 'Remove a sample first.',
  SAMPLE_INCOMPLETE: 'Send all of the sample before finishing it.',
  REQUEST_UNSUPPORTED: 'Do without: docs/pulse.md says what Weir answers otherwise than PulseAudio.',
  EXTENSION_UNKNOWN: 'Do without: Weir has no modules, and of their extensions none.',
  MAPPING_FAILED: 'The machine is out of memory or address space.',
  // set-up
  CONFIG_INVALID: 'Correct the key that the message names.',
  SPEC_INVALID:
    'Use null[:NAME], file:PATH.wav or alsa:PCM, then ?rate=…&channels=…&format=…&name=…&quantum=…&microphone=yes.',
  LISTEN_REFUSED:
    'Listen on 127.0.0.1, on an address of this machine, or on 0.0.0.0; a public one needs [tls] cert and key.',
  CERTIFICATE_UNUSABLE: 'Give a PEM certificate with its chain and its unencrypted key: [tls] cert and key.',
  ADDRESS_IN_USE: 'Stop the program that listens there, or give this server another address: --listen, [pulse] tcp.',
  COOKIE_UNUSABLE: 'Remove the file that the message names: the server makes another, which other machines need then.',
  ALREADY_RUNNING: 'Use the running server, or give this one another --runtime-dir.',
  RUNTIME_DIR_UNSAFE: 'Give a directory that only you can write: --runtime-dir DIR.',
  // programs that join, and the command
  SERVER_NOT_FOUND: 'Start it with "weir serve", or name its socket with --socket PATH.',
  SERVER_UNTRUSTED: 'Name the socket of a server that you trust with --socket PATH.',
  SERVER_GONE: 'Start the server again if it does not come back by itself, then reconnect.',
  ERROR_UNFAMILIAR: 'The server is newer than this program; update the program.',
  STREAM_CLOSED: 'Open a new stream.',
  TARGET_UNKNOWN: 'Name a device or give a stream number; "weir status" lists both.',
  TARGET_AMBIGUOUS: 'Give the stream number instead; "weir status" lists them.',
  AUDIO_UNREADABLE: 'Give a WAV, FLAC, Ogg or MP3 file, or raw samples with --raw RATE:CHANNELS:FORMAT.',
  FILE_FAILED: 'Check the path, its permissions and the space left.',
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** A refusal: what was wrong in this case, under a stable code. Returned or sent; thrown only where a caller catches it. */
export class WeirError extends Error {
  constructor(
    readonly code: ErrorCode,
    /** What was wrong, naming the thing. One line. */
    readonly what: string,
  ) {
    super(`${what} [${code}]`);
  }

  get wayOut(): string {
    return ERRORS[this.code];
  }
}
