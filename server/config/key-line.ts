const HEADER = /^\s*\[\[?\s*([^\]]+?)\s*\]/;
const ASSIGNMENT = /^\s*([A-Za-z0-9_."'\- ]+?)\s*=/;

const plain = (key: string): string => key.replace(/["'\s]/g, '');

/**
 * The line (from 1) of `toml` that sets the key at `path`, or else the nearest table around it: the parser tells the
 * positions of wrong syntax only, a wrong value has to be found again.
 */
export function lineOfKey(toml: string, path: readonly string[]): number {
  const lines = new Map<string, number>();
  let table = '';
  toml.split('\n').forEach((text, index) => {
    const header = HEADER.exec(text)?.[1];
    const key = ASSIGNMENT.exec(text)?.[1];
    if (header !== undefined) table = plain(header);
    else if (key === undefined) return;
    const name = header !== undefined ? table : [table, plain(key ?? '')].filter((part) => part !== '').join('.');
    if (!lines.has(name)) lines.set(name, index + 1);
  });
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(path.slice(0, length).join('.'));
    if (line !== undefined) return line;
  }
  return 1;
}
