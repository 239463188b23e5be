/** A sine of s16 stereo frames at 48 kHz. `amplitude`: 1 is full scale. */
export function sine(hz: number, amplitude: number, seconds: number, rate = 48_000): Int16Array {
  const frames = Math.round(rate * seconds);
  const samples = new Int16Array(frames * 2);
  for (let i = 0; i < frames; i++) {
    samples[2 * i] = samples[2 * i + 1] = Math.round(amplitude * 32767 * Math.sin((2 * Math.PI * hz * i) / rate));
  }
  return samples;
}

export function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

export function samplesOfBytes(bytes: Uint8Array): Int16Array {
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
}

/** The amplitude of one frequency in the left channel of s16 stereo frames: one bin of a Fourier transform. */
export function amplitudeOf(hz: number, samples: Int16Array, rate = 48_000): number {
  const frames = samples.length >> 1;
  let real = 0;
  let imaginary = 0;
  for (let i = 0; i < frames; i++) {
    // Hann: tones that do not fit the window a whole number of times must not leak into each other.
    const weight = 1 - Math.cos((2 * Math.PI * i) / frames);
    const value = ((samples[2 * i] ?? 0) / 32767) * weight;
    real += value * Math.cos((2 * Math.PI * hz * i) / rate);
    imaginary += value * Math.sin((2 * Math.PI * hz * i) / rate);
  }
  return (2 * Math.hypot(real, imaginary)) / frames;
}
