import { createSignal, type Accessor } from 'solid-js';

/** An object that says when it changed, as a signal: who reads it is told each time, though it stays the same object. */
export function watched<T>(create: (changed: () => void) => T): Accessor<T> {
  const [follow, tell] = createSignal(undefined, { equals: false });
  const object = create(() => tell(undefined));
  // eslint-disable-next-line solid/reactivity -- an accessor of our own: whoever calls it is the tracked scope
  return () => {
    follow();
    return object;
  };
}
