import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { CONTROL, PAGE_BYTES, RING_MAGIC, RING_MAJOR, RING_MINOR, RING_VERSION, STATUS } from './ring-layout.js';

const HEADER = resolve('native-shim/c/ring_layout.h');

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function offsets(struct: string, words: Record<string, number>): string {
  const fields = Object.keys(words).map((word) => `w("${word}", offsetof(struct ${struct}, ${snakeCase(word)}) / 4);`);
  return `puts("${struct}"); ${fields.join(' ')}`;
}

/** What a C compiler makes of the header, field by field. */
function headerSays(): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'weir-layout-'));
  const program = join(directory, 'layout');
  const source = `
    #include <stddef.h>
    #include <stdio.h>
    #include "${HEADER}"
    static void w(const char *name, unsigned long value) { printf("%s %lu\\n", name, value); }
    int main(void) {
      w("magic", WEIR_RING_MAGIC); w("major", WEIR_RING_MAJOR); w("minor", WEIR_RING_MINOR); w("page", WEIR_PAGE);
      ${offsets('weir_control', CONTROL)} w("bytes", sizeof(struct weir_control));
      ${offsets('weir_status', STATUS)} w("bytes", sizeof(struct weir_status));
    }`;
  try {
    writeFileSync(`${program}.c`, source);
    execFileSync('cc', ['-std=gnu11', '-Wall', '-Werror', '-o', program, `${program}.c`]);
    return execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('the ring lies where the C header says', () => {
  const words = (table: Record<string, number>) => Object.entries(table).map(([name, word]) => `${name} ${word}`);
  expect(headerSays()).toEqual([
    `magic ${RING_MAGIC}`,
    `major ${RING_MAJOR}`,
    `minor ${RING_MINOR}`,
    `page ${PAGE_BYTES}`,
    'weir_control',
    ...words(CONTROL),
    'bytes 256',
    'weir_status',
    ...words(STATUS),
    'bytes 128',
  ]);
  expect(RING_VERSION).toBe(RING_MAJOR * 65_536 + RING_MINOR);
});

test('each line of 64 bytes has one writer, and both pages leave room to grow', () => {
  const lineOf = (word: number) => Math.floor((word * 4) / 64);
  const writers = [CONTROL.written, CONTROL.read, CONTROL.wakeRequest].map(lineOf);
  expect(new Set([lineOf(CONTROL.magic), ...writers]).size).toBe(4);
  expect(lineOf(CONTROL.wakeFrames)).toBe(lineOf(CONTROL.wakeRequest));
  expect(Math.max(...Object.values(CONTROL), ...Object.values(STATUS)) * 4).toBeLessThan(PAGE_BYTES / 2);
});
