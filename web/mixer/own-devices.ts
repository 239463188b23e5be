import { createSignal, onCleanup, onMount, type Accessor } from 'solid-js';
import { failureOf, type Failure } from '../session/failure.js';
import {
  askForDeviceNames,
  askForOutput,
  listOwnDevices,
  NO_DEVICES,
  playOn,
  whenDevicesChange,
  type OwnDevice,
  type OwnDeviceList,
} from '../stream/audio-devices.js';

/** The microphone and the output of the browser's machine that this page uses; an empty id is the system's choice. */
export interface OwnDevices {
  readonly list: Accessor<OwnDeviceList>;
  readonly microphone: Accessor<string>;
  readonly setMicrophone: (id: string) => void;
  readonly output: Accessor<string>;
  readonly setOutput: (id: string) => void;
  /** What went wrong with the output. */
  readonly failure: Accessor<Failure | undefined>;
  readonly dismissFailure: () => void;
  /** Looks again: what the browser tells may depend on what it has allowed since. */
  readonly refresh: () => void;
  /** Has the browser ask whether the page may know devices by name. */
  readonly name: () => void;
  /** Has the browser ask which output it shall be. */
  readonly ask: () => void;
}

const SYSTEM: OwnDevice = { id: '', label: '' };

export function createOwnDevices(): OwnDevices {
  const [list, setList] = createSignal(NO_DEVICES);
  const [microphone, setMicrophone] = createSignal('');
  const [output, setOutput] = createSignal('');
  const [failure, setFailure] = createSignal<Failure>();

  const attempt = async (work: Promise<void>): Promise<void> => {
    setFailure(undefined);
    try {
      await work;
    } catch (thrown) {
      setFailure(failureOf(thrown));
    }
  };
  const choose = async (device: OwnDevice): Promise<void> => {
    await playOn(device);
    setOutput(device.id);
  };
  const refresh = async (): Promise<void> => {
    const now = await listOwnDevices();
    setList(now);
    // What was pulled out cannot be used: the system's choice takes over.
    if (!now.microphones.some(({ id }) => id === microphone())) setMicrophone('');
    if (output() !== '' && !now.outputs.some(({ id }) => id === output())) await choose(SYSTEM);
  };
  const named = async (): Promise<void> => {
    await askForDeviceNames();
    await refresh();
  };
  const asked = async (): Promise<void> => {
    const chosen = await askForOutput();
    await refresh();
    if (chosen) await choose(chosen);
  };
  const look = (): void => void attempt(refresh());
  onMount(look);
  // eslint-disable-next-line solid/reactivity -- an event handler
  onCleanup(whenDevicesChange(look));
  return {
    list,
    microphone,
    setMicrophone,
    output,
    setOutput: (id) => void attempt(choose(list().outputs.find((device) => device.id === id) ?? SYSTEM)),
    failure,
    dismissFailure: () => setFailure(undefined),
    refresh: look,
    name: () => void attempt(named()),
    ask: () => void attempt(asked()),
  };
}
