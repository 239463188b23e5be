/** Where a block goes, as the low byte of its frame's flags says. */
export const SEEK = { relative: 0, absolute: 1, relativeOnRead: 2, relativeEnd: 3 } as const;
export type Seek = (typeof SEEK)[keyof typeof SEEK];

export const isSeek = (mode: number): mode is Seek => mode >= SEEK.relative && mode <= SEEK.relativeEnd;
