import type { weir } from '#proto';
import { feed, newChannelMeter, scaleShare, settle, type ChannelMeter } from './meter-ballistics.js';
import { decibelText } from './volume.js';

/** Green below, amber from here, red from there: room to work, close to full, at the end. */
const WARM_DB = -12;
const HOT_DB = -3;
const CLIP_LAMP = 4;
/** Between the bars of a few channels; many stand closer. */
const BAR_GAP = 2;
/** Beyond the window above and below, so that a scroll shows drawn meters and moves the canvas seldom. */
const MARGIN = 600;
/** A canvas of a phone with three dots a pixel would be nine times as large, and look the same. */
const MOST_DOTS_PER_PIXEL = 2;
/** Levels come no more often. Where nothing but the processor draws, each frame takes time from the page's sound. */
const FRAME_MS = 30;
const CALM_FRAME_MS = 200;
const READOUT_MS = 200;

/** What a meter measures. */
export type MeterKey = `device:${string}` | `stream:${number}`;

interface Slot {
  readonly element: HTMLElement;
  /** Shows the held peak in words. */
  readonly readout: HTMLElement | undefined;
}

/**
 * All meters of the page, drawn on one canvas over the elements that keep their places. Levels come straight from the
 * wire; no reactive state is in the way, and nothing is drawn that did not change or is not near the window.
 */
export class MeterLayer {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #slots = new Map<MeterKey, Set<Slot>>();
  readonly #meters = new Map<MeterKey, ChannelMeter[]>();
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  readonly #colours = new Map<string, string>();
  #frameRequest = 0;
  #drawnMs = 0;
  #readoutMs = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#colours.clear());
    this.#frameRequest = requestAnimationFrame((nowMs) => this.#frame(nowMs));
  }

  /** Draws `key` over `element` until the returned function is called. */
  add(key: MeterKey, element: HTMLElement, readout?: HTMLElement): () => void {
    const slot = { element, readout };
    const slots = this.#slots.get(key) ?? new Set();
    this.#slots.set(key, slots.add(slot));
    return () => {
      slots.delete(slot);
      if (slots.size > 0 || this.#slots.get(key) !== slots) return;
      this.#slots.delete(key);
      this.#meters.delete(key);
    };
  }

  /** Levels of things that nobody shows are not kept. */
  feed(meters: weir.v1.Meters.$Properties): void {
    const nowMs = performance.now();
    for (const { device, stream, peak, rms } of meters.levels ?? []) {
      const key: MeterKey = device ? `device:${device}` : `stream:${stream ?? 0}`;
      if (!this.#slots.has(key)) continue;
      const channels = this.#meters.get(key) ?? [];
      this.#meters.set(key, channels);
      channels.length = Math.min(channels.length, peak?.length ?? 0);
      peak?.forEach((value, c) => feed((channels[c] ??= newChannelMeter()), value, rms?.[c] ?? 0, nowMs));
    }
  }

  stop(): void {
    cancelAnimationFrame(this.#frameRequest);
  }

  #frame(nowMs: number): void {
    this.#frameRequest = requestAnimationFrame((next) => this.#frame(next));
    const elapsedMs = nowMs - this.#drawnMs;
    if (!this.#context || elapsedMs < (this.#calm.matches ? CALM_FRAME_MS : FRAME_MS)) return;
    this.#drawnMs = nowMs;
    const readouts = nowMs - this.#readoutMs > READOUT_MS;
    if (readouts) this.#readoutMs = nowMs;
    const origin = this.#place();
    this.#context.clearRect(0, 0, origin.width, origin.height);
    for (const [key, slots] of this.#slots) {
      const channels = this.#meters.get(key) ?? [];
      for (const channel of channels) settle(channel, elapsedMs, nowMs);
      for (const slot of slots) {
        this.#drawSlot(this.#context, slot.element.getBoundingClientRect(), origin, channels, nowMs);
        if (readouts && slot.readout) showPeak(slot.readout, channels);
      }
    }
  }

  /** Keeps the canvas around the window. It scrolls with the page, so that meters stay with their strips meanwhile. */
  #place(): DOMRect {
    const canvas = this.#canvas;
    const dots = Math.min(MOST_DOTS_PER_PIXEL, devicePixelRatio);
    const box = canvas.getBoundingClientRect();
    const pageHeight = document.documentElement.scrollHeight;
    const top = Math.max(0, Math.round(scrollY - MARGIN));
    const height = Math.min(innerHeight + 2 * MARGIN, pageHeight - top);
    const width = document.documentElement.clientWidth;
    const covers =
      (box.top <= 0 || scrollY + box.top <= 0) && box.bottom >= Math.min(innerHeight, pageHeight - scrollY);
    const fits = canvas.width === Math.round(width * dots) && box.width === width && scrollY + box.bottom <= pageHeight;
    if (covers && fits) return box;
    canvas.style.transform = `translateY(${top}px)`;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * dots);
    canvas.height = Math.round(height * dots);
    this.#context?.scale(dots, dots);
    return canvas.getBoundingClientRect();
  }

  #drawSlot(
    context: CanvasRenderingContext2D,
    rect: DOMRect,
    origin: DOMRect,
    channels: readonly ChannelMeter[],
    nowMs: number,
  ): void {
    if (rect.width === 0 || rect.bottom < origin.top || rect.top > origin.bottom) return;
    const upright = rect.height > rect.width;
    const [length, breadth] = upright ? [rect.height, rect.width] : [rect.width, rect.height];
    const bars = Math.max(1, channels.length);
    const gap = bars > 2 ? BAR_GAP / 2 : BAR_GAP;
    const bar = (breadth - gap * (bars - 1)) / bars;
    const scale = length - CLIP_LAMP - 1;
    context.save();
    // From here on a bar starts at 0 and grows along x, whichever way the meter stands.
    context.translate(rect.left - origin.left, (upright ? rect.bottom : rect.top) - origin.top);
    if (upright) context.rotate(-Math.PI / 2);
    for (let c = 0; c < bars; c++) this.#drawBar(context, channels[c], c * (bar + gap), bar, scale, nowMs);
    context.restore();
  }

  #drawBar(
    context: CanvasRenderingContext2D,
    meter: ChannelMeter | undefined,
    y: number,
    breadth: number,
    scale: number,
    nowMs: number,
  ): void {
    context.fillStyle = this.#colour('--meter-track');
    context.fillRect(0, y, scale, breadth);
    context.fillRect(scale + 1, y, CLIP_LAMP, breadth);
    if (!meter) return;
    const rms = scaleShare(meter.rmsDb) * scale;
    const peak = scaleShare(meter.peakDb) * scale;
    context.globalAlpha = 0.45;
    this.#drawZones(context, rms, peak, y, breadth, scale);
    context.globalAlpha = 1;
    this.#drawZones(context, 0, Math.min(rms, peak), y, breadth, scale);
    const hold = scaleShare(meter.holdDb) * scale;
    if (hold > 1) {
      context.fillStyle = this.#colour(meter.holdDb >= HOT_DB ? '--meter-hot' : '--meter-hold');
      context.fillRect(hold - 1.5, y, 1.5, breadth);
    }
    if (nowMs < meter.clipUntilMs) {
      context.fillStyle = this.#colour('--meter-hot');
      context.fillRect(scale + 1, y, CLIP_LAMP, breadth);
    }
  }

  #drawZones(
    context: CanvasRenderingContext2D,
    from: number,
    to: number,
    y: number,
    breadth: number,
    scale: number,
  ): void {
    const warm = scaleShare(WARM_DB) * scale;
    const hot = scaleShare(HOT_DB) * scale;
    const zones = [
      ['--meter-calm', 0, warm],
      ['--meter-warm', warm, hot],
      ['--meter-hot', hot, scale],
    ] as const;
    for (const [colour, start, end] of zones) {
      const [left, right] = [Math.max(from, start), Math.min(to, end)];
      if (right <= left) continue;
      context.fillStyle = this.#colour(colour);
      context.fillRect(left, y, right - left, breadth);
    }
  }

  #colour(name: string): string {
    const known = this.#colours.get(name);
    if (known) return known;
    const colour = getComputedStyle(document.documentElement).getPropertyValue(name).trim() || 'gray';
    this.#colours.set(name, colour);
    return colour;
  }
}

function showPeak(readout: HTMLElement, channels: readonly ChannelMeter[]): void {
  const peakDb = Math.max(-Infinity, ...channels.map((channel) => channel.holdDb));
  const text = peakDb <= -70 ? '−∞ dB' : decibelText(peakDb);
  if (readout.textContent !== text) readout.textContent = text;
}
