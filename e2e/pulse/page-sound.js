// Runs in a page: what a page does with its machine's sound server.

/** Plays a tone for as long as the page is there. */
globalThis.playTone = (hz, gain) => {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: hz });
  tone.connect(new GainNode(context, { gain })).connect(context.destination);
  tone.start();
};

/** Listens to the microphone as it is. */
globalThis.openMicrophone = async () => {
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const context = new AudioContext({ sampleRate: 48_000 });
  const mediaStream = await navigator.mediaDevices.getUserMedia({ audio });
  globalThis.ear = new AnalyserNode(context, { fftSize: 8192 });
  new MediaStreamAudioSourceNode(context, { mediaStream }).connect(globalThis.ear);
};

/** The amplitude of a tone that is all that the microphone hears: from the mean square. */
globalThis.microphoneLevel = () => {
  const samples = new Float32Array(globalThis.ear.fftSize);
  globalThis.ear.getFloatTimeDomainData(samples);
  return Math.sqrt((2 * samples.reduce((sum, sample) => sum + sample * sample, 0)) / samples.length);
};

/** What the page may choose from as its microphone. */
globalThis.microphones = async () => {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === 'audioinput').map(({ label }) => label);
};
