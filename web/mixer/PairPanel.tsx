import { createSignal, For, onCleanup, Show, type JSX } from 'solid-js';
import { failureOf, type Failure } from '../session/failure.js';
import { pairingsOf, pairLinkOf, type Pairing, type PairLink } from '../session/pairings.js';
import { FailureNote } from './FailureNote.js';
import { useMixer } from './mixer.js';
import { QrCode } from './QrCode.js';

/** The list is asked for this often while it is seen: nobody tells when a link was used. */
const REFRESH_MS = 2000;

/** Let a browser in: a one-use link as text and QR code; and who is in, to be taken back. */
export function PairPanel(): JSX.Element {
  const [open, setOpen] = createSignal(false);
  return (
    <details class="panel details" data-testid="pair-panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Let a browser in</summary>
      <Show when={open()}>
        <Pairings />
      </Show>
    </details>
  );
}

function Pairings(): JSX.Element {
  const { net } = useMixer();
  const [pairings, setPairings] = createSignal<readonly Pairing[]>([]);
  const [link, setLink] = createSignal<PairLink>();
  const [failure, setFailure] = createSignal<Failure>();
  let knownBefore = 0;

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      setFailure(undefined);
    } catch (thrown) {
      setFailure(failureOf(thrown));
    }
  };
  const refresh = async (): Promise<void> => {
    const now = pairingsOf(await net.request({ listPairings: {} }));
    // Its link was used: whoever sees it now has no use for it.
    if (now.length > knownBefore) setLink(undefined);
    knownBefore = now.length;
    setPairings(now);
  };
  const invite = (): Promise<void> => attempt(async () => void setLink(pairLinkOf(await net.request({ pair: {} }))));
  const revoke = (id: string): Promise<void> =>
    attempt(async () => {
      await net.request({ revokePairing: { id } });
      await refresh();
    });

  void attempt(refresh);
  const timer = setInterval(() => void attempt(refresh), REFRESH_MS);
  onCleanup(() => clearInterval(timer));
  return (
    <div class="pairings">
      <button type="button" data-testid="pair-link" onClick={() => void invite()}>
        Make a link
      </button>
      <FailureNote failure={failure()} />
      <Show when={link()}>{(made) => <LinkCard link={made()} />}</Show>
      <ul>
        <For each={pairings()} fallback={<li class="dim">No browser is paired.</li>}>
          {(pairing) => <PairingRow pairing={pairing} onRevoke={() => void revoke(pairing.id)} />}
        </For>
      </ul>
    </div>
  );
}

function LinkCard(props: { link: PairLink }): JSX.Element {
  return (
    <div class="pair-link" data-testid="pair-link-card">
      <Show when={!props.link.thisMachineOnly}>
        <QrCode text={props.link.url} label="The link as a QR code" />
      </Show>
      <p>
        Open this in the browser that shall be let in, within {Math.round(props.link.expiresS / 60)} minutes. It is good
        once.
      </p>
      <For each={[props.link.url, ...props.link.otherUrls]}>{(url) => <code>{url}</code>}</For>
      <Show when={props.link.thisMachineOnly}>
        <p class="dim">
          The server listens on its own machine alone; for phones start it with <code>--listen 0.0.0.0:4790</code>.
        </p>
      </Show>
    </div>
  );
}

function PairingRow(props: { pairing: Pairing; onRevoke: () => void }): JSX.Element {
  const seen = (): string => new Date(props.pairing.lastSeenS * 1000).toLocaleString();
  return (
    <li data-testid={`pairing-${props.pairing.id}`}>
      <span>
        <strong>{props.pairing.name}</strong>
        <span class="dim">
          {props.pairing.lastAddress} · seen {seen()}
        </span>
      </span>
      <button
        type="button"
        class="quiet"
        aria-label={`Take back ${props.pairing.name}`}
        onClick={() => props.onRevoke()}
      >
        Take back
      </button>
    </li>
  );
}
