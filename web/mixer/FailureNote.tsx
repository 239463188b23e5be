import { Show, type JSX } from 'solid-js';
import type { Failure } from '../session/failure.js';

/** The server names things first and in lower case, as a log does. */
const sentence = (what: string): string => {
  const text = what.charAt(0).toUpperCase() + what.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
};

/** What went wrong and the way out, beside the thing that it happened to. */
export function FailureNote(props: { failure: Failure | undefined; onDismiss?: () => void }): JSX.Element {
  return (
    <Show when={props.failure}>
      {(failure) => (
        <div class="failure" data-testid="failure" data-code={failure().code}>
          <Show when={props.onDismiss}>
            {(dismiss) => (
              <button type="button" class="quiet icon" aria-label="Dismiss this message" onClick={() => dismiss()()}>
                ×
              </button>
            )}
          </Show>
          <p>
            <strong>{sentence(failure().what)}</strong> {failure().wayOut}{' '}
            <Show when={failure().link}>{(link) => <a href={link().url}>{link().text}</a>}</Show>
          </p>
        </div>
      )}
    </Show>
  );
}
