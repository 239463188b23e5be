import { Show, type JSX } from 'solid-js';
import type { Failure } from '../session/failure.js';

/** What went wrong and the way out, beside the thing that it happened to. */
export function FailureNote(props: { failure: Failure | undefined; onDismiss?: () => void }): JSX.Element {
  return (
    <Show when={props.failure}>
      {(failure) => (
        <div class="failure" data-testid="failure" data-code={failure().code}>
          <p>
            <strong>{failure().what}</strong> {failure().wayOut}
          </p>
          <Show when={props.onDismiss}>
            {(dismiss) => (
              <button type="button" class="quiet icon" aria-label="Dismiss this message" onClick={() => dismiss()()}>
                ×
              </button>
            )}
          </Show>
        </div>
      )}
    </Show>
  );
}
