// What a test puts in place of the page's microphone, and beside its loudspeaker. Plain JavaScript: the browser runs it as it is.

/**
 * Sine and cosine: each frame tells its own position (e2e/probe/quadrature.ts). A page that captures anew (another purpose wants
 * another microphone) gets another of these: the newest alone keeps the steps' times, and those before it end.
 */
class ProbeSource extends AudioWorkletProcessor {
  #frame = 0;

  constructor({ processorOptions }) {
    super();
    this.signal = processorOptions.signal;
    this.words = new Int32Array(processorOptions.source, 0, 2);
    this.stepsMs = new Float64Array(processorOptions.source, 8);
    this.number = Atomics.add(this.words, 1, 1) + 1;
    Atomics.store(this.words, 0, 0);
  }

  process(_inputs, [[left, right]]) {
    if (Atomics.load(this.words, 1) !== this.number) return false;
    const { hz, level, lowLevel, stepFrames } = this.signal;
    const step = stepFrames > 0 ? Math.floor((this.#frame + left.length - 1) / stepFrames) : 0;
    // The step comes at the first quantum that begins behind its frame, so that this call is the one that holds it.
    if (step > Atomics.load(this.words, 0)) {
      this.stepsMs[step % this.stepsMs.length] = Date.now();
      Atomics.store(this.words, 0, step);
    }
    const amplitude = step % 2 === 0 ? level : lowLevel;
    for (let i = 0; i < left.length; i++) {
      const turns = (hz * (this.#frame + i)) / sampleRate;
      const angle = 2 * Math.PI * (turns - Math.floor(turns));
      left[i] = amplitude * Math.sin(angle);
      right[i] = amplitude * Math.cos(angle);
    }
    this.#frame += left.length;
    return true;
  }
}

/** Keeps the last seconds of what it hears, and when it was asked for each render quantum. */
class ProbeSink extends AudioWorkletProcessor {
  #frame = 0;

  constructor({ processorOptions }) {
    super();
    this.frames = new Int32Array(processorOptions.sink, 0, 2);
    this.timesMs = new Float64Array(processorOptions.sink, 8, processorOptions.capacity / 128);
    this.samples = new Float32Array(processorOptions.sink, 8 + processorOptions.capacity / 16);
  }

  process([[left, right = left] = []]) {
    const at = this.#frame % (this.samples.length / 2);
    for (let i = 0; i < 128; i++) {
      this.samples[2 * (at + i)] = left?.[i] ?? 0;
      this.samples[2 * (at + i) + 1] = right?.[i] ?? 0;
    }
    this.timesMs[at / 128] = Date.now();
    this.#frame += 128;
    Atomics.store(this.frames, 0, this.#frame);
    return true;
  }
}

registerProcessor('probe-source', ProbeSource);
registerProcessor('probe-sink', ProbeSink);
