// What an AudioWorkletGlobalScope has (Web Audio API, section 1.32); TypeScript's DOM library leaves it out.
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

declare function registerProcessor(
  name: string,
  processor: new (options: AudioWorkletNodeOptions) => AudioWorkletProcessor,
): void;

/** The frame at which the render quantum begins that is asked for now. */
declare const currentFrame: number;
declare const sampleRate: number;
