import cliProgress, { type Params } from 'cli-progress';

/** One line on a terminal that follows what happens; nothing at all where nobody looks. */
export interface Progress {
  /** Nobody looks. */
  readonly silent: boolean;
  /** @param fraction 0 to 1; nothing when the end is unknown */
  show(fraction: number | undefined, seconds: number, note?: string): void;
  end(): void;
}

const SILENT: Progress = { silent: true, show() {}, end() {} };
const REDRAWS_PER_SECOND = 10;

/** Minutes and seconds. */
export function clockTime(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

export function startProgress(title: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return SILENT;
  let known = false;
  const bar = new cliProgress.SingleBar({
    stream,
    fps: REDRAWS_PER_SECOND,
    hideCursor: true,
    format: (options: object, params: Params, payload: { time?: string; note?: string }) => {
      const shown = known
        ? ` ${cliProgress.Format.BarFormat(params.progress, options)} ${Math.floor(params.progress * 100)} %`
        : '';
      return `${title}${shown}  ${payload.time ?? ''}  ${payload.note ?? ''}`;
    },
  });
  bar.start(1, 0, {});
  return {
    silent: false,
    show(fraction, seconds, note = '') {
      known = fraction !== undefined;
      bar.update(fraction ?? 0, { time: clockTime(seconds), note });
    },
    end: () => bar.stop(),
  };
}
