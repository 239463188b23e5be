import { createContext, createMemo, createSignal, useContext, type Accessor } from 'solid-js';
import { createStore, produce } from 'solid-js/store';
import type { ClientBody } from '../carrier/carrier.js';
import { NetLink } from '../net/net-link.js';
import { failureOf, type Failure } from '../session/failure.js';
import {
  applyPatch,
  applySnapshot,
  EMPTY_STATE,
  type DeviceState,
  type MixerState,
  type StreamState,
} from '../session/mixer-state.js';
import type { Connection } from '../session/session.js';
import { MeterLayer } from './meter-layer.js';

/** Meters come this often while somebody looks; the canvas fills in between. */
const METERS_HZ = 30;

export interface Mixer {
  readonly net: NetLink;
  readonly meters: MeterLayer;
  readonly state: MixerState;
  readonly connection: Accessor<Connection>;
  /** Nothing shown is older than the connection: false until the first snapshot. */
  readonly known: Accessor<boolean>;
  readonly outputs: Accessor<string[]>;
  /** Inputs and monitors: what can be listened to. */
  readonly sources: Accessor<string[]>;
  readonly defaultOutput: Accessor<string>;
  readonly streams: Accessor<StreamState[]>;
  readonly ownClient: Accessor<number | undefined>;
  /** Asks the server; what it refuses goes to `refused`, to be shown where it happened. */
  readonly ask: (body: ClientBody, refused: (failure: Failure) => void) => Promise<void>;
  /** The newest words for those who hear the page instead of seeing it. */
  readonly announcement: Accessor<string>;
  readonly announce: (text: string) => void;
}

const MixerContext = createContext<Mixer>();
export const MixerProvider = MixerContext.Provider;

export function useMixer(): Mixer {
  const mixer = useContext(MixerContext);
  if (!mixer) throw new Error('no mixer around this component');
  return mixer;
}

/** The page's one mixer: a line to the session, whose state is a store, and a layer of meters on `canvas`. */
export function createMixer(url: URL, name: string, canvas: HTMLCanvasElement): Mixer {
  const [state, setState] = createStore<MixerState>(structuredClone(EMPTY_STATE));
  const [connection, setConnection] = createSignal<Connection>({ phase: 'connecting' });
  const [known, setKnown] = createSignal(false);
  const [announcement, announce] = createSignal('');
  const meters = new MeterLayer(canvas);
  const net = new NetLink(url, name, {
    connection: setConnection,
    snapshot: (snapshot) => {
      setState(produce((draft) => applySnapshot(draft, snapshot)));
      setKnown(true);
    },
    patch: (patch) => setState(produce((draft) => applyPatch(draft, patch))),
    meters: (levels) => meters.feed(levels),
  });
  const devices = createMemo(() => Object.values(state.devices));
  const namesOf = (some: readonly DeviceState[]): string[] => some.map(({ name }) => name);
  const outputs = createMemo(() => namesOf(devices().filter(({ isOutput }) => isOutput)), [], { equals: sameItems });
  const sources = createMemo(() => namesOf(devices().filter(({ isOutput }) => !isOutput)), [], { equals: sameItems });
  const streams = createMemo(() => Object.values(state.streams));
  watchWindow(net);
  return {
    net,
    meters,
    state,
    connection,
    known,
    outputs,
    sources,
    defaultOutput: () => outputs().find((output) => state.devices[output]?.isDefault) ?? '',
    streams,
    ownClient: () => {
      const now = connection();
      return now.phase === 'live' ? now.client : undefined;
    },
    ask: (body, refused) =>
      net.request(body).then(
        () => undefined,
        (thrown: unknown) => {
          const failure = failureOf(thrown);
          announce(`${failure.what} ${failure.wayOut}`);
          refused(failure);
        },
      ),
    announcement,
    announce,
  };
}

/** Levels are wanted while the page is seen; a lost connection is tried again when there is reason to hope. */
function watchWindow(net: NetLink): void {
  const look = (): void => net.setMetersHz(document.hidden ? 0 : METERS_HZ);
  document.addEventListener('visibilitychange', () => {
    look();
    if (!document.hidden) net.hope();
  });
  addEventListener('online', () => net.hope());
  look();
}

export const sameItems = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);
