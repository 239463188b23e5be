import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The C file stands beside the sources; tests run on the compiled output. */
const SOURCE = fileURLToPath(new URL('../../../../../server/device/alsa/testing/pcm_fake.c', import.meta.url));

/**
 * A private ALSA configuration, in a temporary folder, with the fake card's driver built into it. It is this process's
 * (and its children's) from here on; made before libasound is used first.
 */
export class AlsaSetup {
  readonly folder = mkdtempSync(join(tmpdir(), 'weir-alsa-'));
  readonly #config = join(this.folder, 'asound.conf');

  /** `pcms`: the configuration's text; `DIR` in it stands for the folder. */
  constructor(pcms: string) {
    const driver = join(this.folder, 'libasound_module_pcm_fake.so');
    execFileSync('cc', ['-O2', '-Wall', '-shared', '-fPIC', '-DPIC', '-o', driver, SOURCE, '-lasound']);
    const text = `pcm_type.fake { lib "${driver}" }\n${pcms.replaceAll('DIR', this.folder)}`;
    writeFileSync(this.#config, text);
    process.env['ALSA_CONFIG_PATH'] = `/usr/share/alsa/alsa.conf:${this.#config}`;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
