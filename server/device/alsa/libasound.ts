import koffi from 'koffi';
import { type Address, shim } from '../../../native-shim/library.js';
import { WeirError } from '../../observe/errors.js';

type Library = ReturnType<typeof koffi.load>;

/** The part of alsa-lib that we use; every call returns 0, a count, or -errno (alsa-lib's own reference, "PCM interface"). */
export interface Libasound {
  open(pcm: BigUint64Array, name: string, stream: number, mode: number): number;
  close(pcm: Address): number;
  prepare(pcm: Address): number;
  start(pcm: Address): number;
  drop(pcm: Address): number;
  avail(pcm: Address): number;
  delay(pcm: Address, frames: Int32Array): number;
  write(pcm: Address, frames: Address | Uint8Array, count: number): number;
  descriptorCount(pcm: Address): number;
  descriptors(pcm: Address, pollfds: Int32Array, count: number): number;
  descriptorEvents(pcm: Address, pollfds: Int32Array, count: number, events: Uint16Array): number;
  poll(pollfds: Int32Array, count: number, timeoutMs: number): number;
  info: {
    make(out: BigUint64Array): number;
    free(info: Address): void;
    read(pcm: Address, info: Address): number;
    card(info: Address): number;
  };
  hw: HardwareParameters;
  sw: SoftwareParameters;
  /** errno in words. */
  describe(error: number): string;
  /** What the library said of the last failure on this thread since `forget`; empty where it said nothing. */
  said(): string;
  forget(): void;
}

/** A set of possible settings that each call narrows; `*Near` read and write `value[0]`. */
export interface HardwareParameters {
  make(out: BigUint64Array): number;
  free(set: Address): void;
  copy(to: Address, from: Address): void;
  any(pcm: Address, set: Address): number;
  access(pcm: Address, set: Address, access: number): number;
  format(pcm: Address, set: Address, format: number): number;
  channelsNear(pcm: Address, set: Address, value: Uint32Array): number;
  rateNear(pcm: Address, set: Address, value: Uint32Array, direction: null): number;
  periodNear(pcm: Address, set: Address, value: BigUint64Array, direction: null): number;
  bufferNear(pcm: Address, set: Address, value: BigUint64Array): number;
  install(pcm: Address, set: Address): number;
  getRate(set: Address, value: Uint32Array, direction: null): number;
  getChannels(set: Address, value: Uint32Array): number;
  getPeriod(set: Address, value: BigUint64Array, direction: null): number;
  getBuffer(set: Address, value: BigUint64Array): number;
}

export interface SoftwareParameters {
  make(out: BigUint64Array): number;
  free(set: Address): void;
  current(pcm: Address, set: Address): number;
  startThreshold(pcm: Address, set: Address, frames: number | bigint): number;
  availMin(pcm: Address, set: Address, frames: number): number;
  boundary(set: Address, value: BigUint64Array): number;
  install(pcm: Address, set: Address): number;
}

let loaded: Libasound | WeirError | undefined;

/** libasound2, loaded when it is first wanted: a machine without it has no ALSA devices, and needs none. */
export function libasound(): Libasound | WeirError {
  loaded ??= load();
  return loaded;
}

function load(): Libasound | WeirError {
  try {
    return bind(koffi.load('libasound.so.2'), koffi.load('libc.so.6'));
  } catch (error) {
    return new WeirError(
      'DEVICE_FAILED',
      `ALSA needs libasound2: ${error instanceof Error ? error.message : 'it does not load'}`,
    );
  }
}

function bind(alsa: Library, libc: Library): Libasound {
  // Frame counts are unsigned long (snd_pcm_uframes_t); an int32 pair or a u64 array stands for a pointer to one.
  alsa.func('int snd_lib_error_set_handler(void *handler)')(shim.symbol('weir_alsa_log'));
  return {
    open: alsa.func('int snd_pcm_open(void *pcm, const char *name, int stream, int mode)'),
    close: alsa.func('int snd_pcm_close(void *pcm)'),
    prepare: alsa.func('int snd_pcm_prepare(void *pcm)'),
    start: alsa.func('int snd_pcm_start(void *pcm)'),
    drop: alsa.func('int snd_pcm_drop(void *pcm)'),
    avail: alsa.func('long snd_pcm_avail(void *pcm)'),
    delay: alsa.func('int snd_pcm_delay(void *pcm, void *frames)'),
    write: alsa.func('long snd_pcm_writei(void *pcm, const void *frames, unsigned long count)'),
    descriptorCount: alsa.func('int snd_pcm_poll_descriptors_count(void *pcm)'),
    descriptors: alsa.func('int snd_pcm_poll_descriptors(void *pcm, void *pollfds, unsigned int count)'),
    descriptorEvents: alsa.func(
      'int snd_pcm_poll_descriptors_revents(void *pcm, void *pollfds, unsigned int count, void *events)',
    ),
    poll: libc.func('int poll(void *pollfds, unsigned long count, int timeoutMs)'),
    info: {
      make: alsa.func('int snd_pcm_info_malloc(void *out)'),
      free: alsa.func('void snd_pcm_info_free(void *info)'),
      read: alsa.func('int snd_pcm_info(void *pcm, void *info)'),
      card: alsa.func('int snd_pcm_info_get_card(void *info)'),
    },
    hw: {
      make: alsa.func('int snd_pcm_hw_params_malloc(void *out)'),
      free: alsa.func('void snd_pcm_hw_params_free(void *set)'),
      copy: alsa.func('void snd_pcm_hw_params_copy(void *to, void *from)'),
      any: alsa.func('int snd_pcm_hw_params_any(void *pcm, void *set)'),
      access: alsa.func('int snd_pcm_hw_params_set_access(void *pcm, void *set, int access)'),
      format: alsa.func('int snd_pcm_hw_params_set_format(void *pcm, void *set, int format)'),
      channelsNear: alsa.func('int snd_pcm_hw_params_set_channels_near(void *pcm, void *set, void *value)'),
      rateNear: alsa.func('int snd_pcm_hw_params_set_rate_near(void *pcm, void *set, void *value, void *direction)'),
      periodNear: alsa.func(
        'int snd_pcm_hw_params_set_period_size_near(void *pcm, void *set, void *value, void *direction)',
      ),
      bufferNear: alsa.func('int snd_pcm_hw_params_set_buffer_size_near(void *pcm, void *set, void *value)'),
      install: alsa.func('int snd_pcm_hw_params(void *pcm, void *set)'),
      getRate: alsa.func('int snd_pcm_hw_params_get_rate(void *set, void *value, void *direction)'),
      getChannels: alsa.func('int snd_pcm_hw_params_get_channels(void *set, void *value)'),
      getPeriod: alsa.func('int snd_pcm_hw_params_get_period_size(void *set, void *value, void *direction)'),
      getBuffer: alsa.func('int snd_pcm_hw_params_get_buffer_size(void *set, void *value)'),
    },
    sw: {
      make: alsa.func('int snd_pcm_sw_params_malloc(void *out)'),
      free: alsa.func('void snd_pcm_sw_params_free(void *set)'),
      current: alsa.func('int snd_pcm_sw_params_current(void *pcm, void *set)'),
      startThreshold: alsa.func(
        'int snd_pcm_sw_params_set_start_threshold(void *pcm, void *set, unsigned long frames)',
      ),
      availMin: alsa.func('int snd_pcm_sw_params_set_avail_min(void *pcm, void *set, unsigned long frames)'),
      boundary: alsa.func('int snd_pcm_sw_params_get_boundary(void *set, void *value)'),
      install: alsa.func('int snd_pcm_sw_params(void *pcm, void *set)'),
    },
    describe: alsa.func('const char *snd_strerror(int error)'),
    said: shim.func('const char *weir_alsa_said()'),
    forget: shim.func('void weir_alsa_forget()'),
  };
}
