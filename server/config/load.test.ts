import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WeirError } from '../observe/errors.js';
import { type Config, loadConfig, type ServeFlags } from './load.js';
import { LIMIT_BOUNDS } from './schema.js';

let place: string;
let file: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'weir-config-'));
  mkdirSync(join(place, 'weir'));
  file = join(place, 'weir', 'weir.toml');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function load(toml: string, flags: ServeFlags = {}, env: Record<string, string> = {}): Config | WeirError {
  writeFileSync(file, toml);
  return loadConfig({ flags, env: { XDG_CONFIG_HOME: place, ...env } });
}

function accepted(...args: Parameters<typeof load>): Config {
  const config = load(...args);
  if (config instanceof WeirError) throw config;
  return config;
}

function refusal(...args: Parameters<typeof load>): string {
  const config = load(...args);
  return config instanceof WeirError ? config.message : 'accepted';
}

describe('configuration', () => {
  test('is complete without any', () => {
    expect(accepted('')).toMatchObject({
      listen: { host: '127.0.0.1', port: 4790 },
      devices: [],
      limits: { clients: 768, streams: 64, poolBytes: 16 * 1024 * 1024 },
      socketMode: 0o600,
      tls: undefined,
      mdns: true,
      logLevel: 'info',
    });
  });

  test('takes every key', () => {
    const toml = `
      listen = "[::1]:1"
      runtime_dir = "/r"
      state_dir = "/s"
      devices = ["null:a", "alsa:hw:0,0"]
      [limits]
      clients = 1
      streams = 2
      pool_bytes = 1_048_576
      [socket]
      mode = "0660"
      [pulse]
      tcp = "0.0.0.0:4713"
      [tls]
      cert = "/t/c.pem"
      key = "/t/k.pem"
      [mdns]
      enabled = false
      [log]
      level = "debug"`;
    expect(accepted(toml)).toEqual({
      listen: { host: '::1', port: 1 },
      runtimeDir: '/r',
      stateDir: '/s',
      devices: ['null:a', 'alsa:hw:0,0'],
      limits: { clients: 1, streams: 2, poolBytes: 1_048_576 },
      socketMode: 0o660,
      pulseTcp: { host: '0.0.0.0', port: 4713 },
      tls: { cert: '/t/c.pem', key: '/t/k.pem' },
      mdns: false,
      logLevel: 'debug',
    });
  });

  test('lets flags beat the environment, and that the file', () => {
    const toml =
      'listen = "127.0.0.1:1"\nruntime_dir = "/r1"\nstate_dir = "/s1"\ndevices = ["null:d1"]\n[log]\nlevel = "warn"';
    const env = {
      WEIR_LISTEN: '127.0.0.1:2',
      WEIR_RUNTIME_DIR: '/r2',
      WEIR_STATE_DIR: '/s2',
      WEIR_DEVICES: 'null:d2; alsa:hw:0,0;',
      WEIR_LOG_LEVEL: 'error',
      XDG_RUNTIME_DIR: '/xdg',
    };
    const flags = { listen: '127.0.0.1:3', runtimeDir: '/r3', stateDir: '/s3', devices: ['null:d3'] };
    const inForce = (config: Config) => [
      config.listen.port,
      config.runtimeDir,
      config.stateDir,
      config.devices,
      config.logLevel,
    ];
    expect(inForce(accepted(toml, {}, { XDG_RUNTIME_DIR: '/xdg' }))).toEqual([1, '/r1', '/s1', ['null:d1'], 'warn']);
    expect(inForce(accepted(toml, {}, env))).toEqual([2, '/r2', '/s2', ['null:d2', 'alsa:hw:0,0'], 'error']);
    expect(inForce(accepted(toml, flags, env))).toEqual([3, '/r3', '/s3', ['null:d3'], 'error']);
  });

  test('takes a certificate with the key from the same place', () => {
    const toml = '[tls]\ncert = "/c1"\nkey = "/k1"';
    const env = { WEIR_TLS_CERT: '/c2', WEIR_TLS_KEY: '/k2' };
    expect(accepted(toml).tls).toEqual({ cert: '/c1', key: '/k1' });
    expect(accepted(toml, {}, env).tls).toEqual({ cert: '/c2', key: '/k2' });
    expect(accepted(toml, { tlsCert: '/c3', tlsKey: 'k3' }, env).tls).toEqual({
      cert: '/c3',
      key: join(process.cwd(), 'k3'),
    });
    expect(refusal(toml, { tlsCert: '/c3' }, env)).toMatch(/^--tls-cert and --tls-key: give both or none/);
    expect(refusal(toml, {}, { WEIR_TLS_KEY: '/k2' })).toMatch(/^WEIR_TLS_CERT and WEIR_TLS_KEY: give both or none/);
  });

  test('announces the server unless it is told not to', () => {
    expect(accepted('[mdns]\nenabled = false', {}, { WEIR_MDNS: 'on' }).mdns).toBe(true);
    expect(accepted('', {}, { WEIR_MDNS: 'off' }).mdns).toBe(false);
    expect(accepted('', { mdns: false }, { WEIR_MDNS: 'on' }).mdns).toBe(false);
    expect(refusal('', {}, { WEIR_MDNS: 'no' })).toMatch(/^WEIR_MDNS: "no" is neither on nor off/);
  });

  test('listens at a public address only with a certificate of the owner', () => {
    expect(refusal('', { listen: '8.8.8.8:443' })).toMatch(
      /^--listen: 8.8.8.8 is a public address.*\[LISTEN_REFUSED\]$/,
    );
    expect(accepted('', { listen: '8.8.8.8:443', tlsCert: '/c', tlsKey: '/k' }).listen.host).toBe('8.8.8.8');
    expect(accepted('', { listen: '192.168.1.2:443' }).listen.host).toBe('192.168.1.2');
  });

  test('lets PulseAudio programs of other machines in where it says so, never in public', () => {
    expect(accepted('').pulseTcp).toBeUndefined();
    expect(accepted('[pulse]\ntcp = "[::]:4713"').pulseTcp).toEqual({ host: '::', port: 4713 });
    expect(refusal('[pulse]\ntcp = "8.8.8.8:4713"')).toMatch(
      /weir\.toml:2: pulse\.tcp: 8\.8\.8\.8 is a public address/,
    );
    expect(refusal('[pulse]\ntcp = "4713"')).toMatch(/weir\.toml:2: pulse\.tcp: "4713" is no HOST:PORT/);
    expect(refusal('[pulse]\ntcp = 4713')).toMatch(/weir\.toml:2: pulse\.tcp: .*string/);
  });

  test('comes from the file that --config names, and only that', () => {
    writeFileSync(file, 'listen = "127.0.0.1:1"');
    const other = join(place, 'other.toml');
    writeFileSync(other, 'listen = "127.0.0.1:2"');
    const env = { XDG_CONFIG_HOME: place };
    expect(loadConfig({ flags: { config: other }, env })).toMatchObject({ listen: { port: 2 } });
    const missing = loadConfig({ flags: { config: join(place, 'none.toml') }, env });
    expect(missing instanceof WeirError && missing.message).toMatch(/cannot read .*none\.toml: ENOENT/);
    const folder = loadConfig({ flags: { config: place }, env });
    expect(folder instanceof WeirError && folder.message).toMatch(/EISDIR/);
  });
});

describe('a wrong configuration is one line with file, line and key', () => {
  test.each([
    ['# one\n\nlisten = 4790', ':3: listen: '],
    ['\nlistne = "127.0.0.1:1"', ':2: listne: there is no such key'],
    ['[limits]\nclients = 1\nstreems = 2', ':3: limits.streems: there is no such key'],
    ['[limits]\n\n"clients" = 1.5', ':3: limits.clients: must be a whole number'],
    ['limits.clients = 0', ':1: limits.clients: must be at least 1'],
    ['limits = { clients = "9" }', ':1: limits.clients: must be a whole number'],
    ['[log]\nlevel = "loud"', ':2: log.level: '],
    ['[socket]\nmode = "0777"', ':2: socket.mode: must be 0600, 0660 or 0666'],
    ['[socket]\nmode = "0066"', ':2: socket.mode: '],
    ['runtime_dir = "here"', ':1: runtime_dir: must be an absolute path'],
    ['devices = [\n "null",\n 5\n]', ':1: devices.1: '],
    ['devices = "null"', ':1: devices: '],
    ['\n[limits\nclients = 1', ':2: '],
    ['listen = "a"\nlisten = "b"', ':2: '],
    ['\nlisten = "nowhere"', ':2: listen: "nowhere" is no HOST:PORT'],
    ['#\n#\nlisten = "224.0.0.1:1"', ':3: listen: "224.0.0.1:1" is no address that a machine can have'],
    ['listen = "8.8.8.8:1"', ':1: listen: 8.8.8.8 is a public address'],
    ['\n[tls]\ncert = "/c"', ':2: tls.key: is missing: cert and key go together'],
    ['[tls]\ncert = "c"\nkey = "/k"', ':2: tls.cert: must be an absolute path'],
    ['[tls]\ncert = "/c"\nkey = 5', ':3: tls.key: '],
    ['[mdns]\nenabled = "yes"', ':2: mdns.enabled: must be true or false'],
  ])('%j', (toml, expected) => {
    const said = refusal(toml);
    expect(said).toContain(file + expected);
    expect(said).not.toContain('\n');
  });

  test.each(Object.entries(LIMIT_BOUNDS))('the bounds of limits.%s hold', (key, { least, most }) => {
    const set = (value: number) => refusal(`[limits]\n${key} = ${value}`);
    expect(set(least)).toBe('accepted');
    expect(set(most)).toBe('accepted');
    expect(set(least - 1)).toContain(`:2: limits.${key}: must be at least ${least}`);
    expect(set(most + 1)).toContain(`:2: limits.${key}: must be at most ${most}`);
  });

  test('or names the flag or the variable', () => {
    expect(refusal('', { listen: 'host:1' })).toMatch(/^--listen: .*\[LISTEN_REFUSED\]$/);
    expect(refusal('', {}, { WEIR_LISTEN: 'x' })).toMatch(/^WEIR_LISTEN: "x" is no HOST:PORT.*\[CONFIG_INVALID\]$/);
    expect(refusal('', {}, { WEIR_LOG_LEVEL: 'loud' })).toMatch(/^WEIR_LOG_LEVEL: "loud" is none of trace, /);
  });
});
