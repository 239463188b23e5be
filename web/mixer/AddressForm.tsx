import { createSignal, Show, type JSX } from 'solid-js';
import { useTab } from './tab.js';

/** Sound that another program of this machine serves over HTTP. */
export function AddressForm(props: { onDone: () => void }): JSX.Element {
  const { live } = useTab();
  const [address, setAddress] = createSignal('');
  const [opening, setOpening] = createSignal(false);
  const play = async (): Promise<void> => {
    setOpening(true);
    const plays = await live.playAddress(address());
    setOpening(false);
    if (plays) props.onDone();
  };
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault();
        void play();
      }}
      onKeyDown={(event) => event.key === 'Escape' && props.onDone()}
    >
      <label for="address">Address of a sound on this machine</label>
      <div class="listen-row">
        <input
          ref={(input) => queueMicrotask(() => input.focus())}
          id="address"
          type="url"
          required
          placeholder="http://127.0.0.1:8000/stream.mp3"
          autocomplete="off"
          data-testid="address-input"
          value={address()}
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
        <button type="submit" disabled={opening()} data-testid="address-play">
          <Show when={opening()} fallback="Play">
            Opening…
          </Show>
        </button>
      </div>
    </form>
  );
}
