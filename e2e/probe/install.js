// Runs in the page before its own scripts, with `options` from e2e/probe/probe-page.ts: whatever captures gets the probe's
// signal, whatever goes to the loudspeaker is heard by the probe too.
function install(options) {
  const source = new SharedArrayBuffer(8 + 8 * options.stepsKept);
  const sink = new SharedArrayBuffer(8 + options.capacity / 16 + 8 * options.capacity);
  globalThis.weirProbe = { source, sink };

  const worklet = URL.createObjectURL(new Blob([options.worklet], { type: 'text/javascript' }));
  const addModule = Worklet.prototype.addModule;
  Worklet.prototype.addModule = async function (...args) {
    await addModule.call(this, worklet);
    return addModule.apply(this, args);
  };

  globalThis.MediaStreamAudioSourceNode = function (context, { mediaStream }) {
    const processorOptions = { signal: options.signal, source };
    const node = new AudioWorkletNode(context, 'probe-source', {
      numberOfInputs: 0,
      outputChannelCount: [2],
      processorOptions,
    });
    return Object.defineProperty(node, 'mediaStream', { value: mediaStream });
  };
  navigator.mediaDevices.getDisplayMedia = () => navigator.mediaDevices.getUserMedia({ audio: true });

  const ears = new WeakMap();
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to === this.context.destination) {
      const processorOptions = { sink, capacity: options.capacity };
      const made = () => new AudioWorkletNode(this.context, 'probe-sink', { numberOfOutputs: 0, processorOptions });
      if (!ears.has(this.context)) ears.set(this.context, made());
      connect.call(this, ears.get(this.context));
    }
    return connect.call(this, to, ...rest);
  };
}
