import { defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

// Nothing is inlined: the page runs under a policy that allows files of its own origin only.
export default defineConfig({
  root: 'web',
  base: './',
  plugins: [solid()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  server: { proxy: { '/ws': { target: 'ws://127.0.0.1:4790', ws: true } } },
});
