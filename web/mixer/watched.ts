import { createSignal, type Accessor } from 'solid-js';

/** An object that says when it changed, as a signal: who reads it is told each time. */
export function watched<T>(create: (changed: () => void) => T): Accessor<T> {
  // `create` may already report a change before there is anything to show.
  const [version, setVersion] = createSignal(0);
  const object = create(() => setVersion((last) => last + 1));
  return () => {
    version();
    return object;
  };
}
