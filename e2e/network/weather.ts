/** What a network does to packets, each way alike. */
export interface Weather {
  /** The fastest way through. */
  readonly delayMs: number;
  /** On top of it, evenly spread from 0 to twice this, as netem's "delay D J". Packets keep their order all the same: a radio link is a queue. */
  readonly jitterMs: number;
  /** Share of packets that are lost. TCP sends them again: what follows waits for them. */
  readonly loss: number;
  /** Share of datagrams that overtake the queue. */
  readonly reorder: number;
  /** Share of datagrams that come twice. */
  readonly duplicate: number;
  /** 0: as fast as it comes. */
  readonly rateKbit: number;
}

const CLEAR: Weather = { delayMs: 0, jitterMs: 0, loss: 0, reorder: 0, duplicate: 0, rateKbit: 0 };

export const WEATHER = {
  lan: { ...CLEAR, delayMs: 0.3, jitterMs: 0.2, rateKbit: 1_000_000 },
  goodWifi: { ...CLEAR, delayMs: 2, jitterMs: 2, loss: 0.001, rateKbit: 100_000 },
  badWifi: { ...CLEAR, delayMs: 5, jitterMs: 20, loss: 0.01, reorder: 0.005, duplicate: 0.001, rateKbit: 20_000 },
  mobile: { ...CLEAR, delayMs: 30, jitterMs: 15, loss: 0.005, reorder: 0.002, rateKbit: 10_000 },
  /** Nothing gets through, and nothing is kept; TCP tries again when it is over. */
  outage: { ...CLEAR, loss: 1 },
} as const satisfies Record<string, Weather>;

export type WeatherName = keyof typeof WEATHER;
