import { render } from 'solid-js/web';
import './mixer/style/index.css';
import { App } from './mixer/App.js';
import { createMixer, MixerProvider } from './mixer/mixer.js';
import { browserName } from './session/browser-name.js';

const root = document.getElementById('mixer');
const canvas = document.getElementById('meters');
if (!root || !(canvas instanceof HTMLCanvasElement)) throw new Error('index.html has lost its mixer');

const url = new URL('ws', document.baseURI);
url.protocol = url.protocol.replace('http', 'ws');

render(() => {
  const mixer = createMixer(url, browserName(navigator.userAgent), canvas);
  mixer.net.connect();
  return (
    <MixerProvider value={mixer}>
      <App />
    </MixerProvider>
  );
}, root);
