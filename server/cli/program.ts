import { Command, Option } from 'commander';
import type { ServeFlags } from '../config/load.js';
import { collect, latencyMs, onOrOff, rawSpec, seconds, volumePercent } from './arguments.js';
import type { GrantsFlags, PairFlags } from './commands/pairing.js';
import type { PlayFlags } from './commands/play.js';
import type { RecordFlags } from './commands/record.js';
import type { StatusFlags } from './commands/status.js';
import type { ServerOptions } from './server-session.js';

/**
 * The command's surface. Each command's own code is loaded when it is used, so that `weir --help` opens neither the C
 * library nor a decoder.
 */
export function makeProgram(version: string): Command {
  const program = new Command('weir')
    .description('One sound server for the whole machine, its browser tabs included')
    .version(version)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(
          `weir: ${text
            .replace(/^error: /, '')
            .trim()
            .replace(/\s*\n\s*/g, ' ')}\n`,
        ),
    });
  addServe(program);
  addSound(program);
  addStatus(program);
  addVerbs(program);
  addPairing(program);
  return program;
}

/** A command that talks to a running server. */
function client(program: Command, usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .addOption(new Option('--socket <path>', "the server's socket (else the one in the runtime directory)"));
}

function addServe(program: Command): void {
  program
    .command('serve')
    .description('runs the server; prints "weir ready URL" when it is ready')
    .option('--config <file>', 'configuration (TOML)')
    .option('--listen <host:port>', 'where browsers and scripts connect')
    .option('--tls-cert <file>', 'a certificate of your own for other machines (PEM), with --tls-key')
    .option('--tls-key <file>', 'its key (PEM)')
    .option('--no-mdns', 'do not announce the server to other machines')
    .option('--runtime-dir <dir>', 'where the sockets are')
    .option('--state-dir <dir>', 'where what outlives the server is kept')
    .option(
      '--device <spec>',
      'null[:NAME], file:PATH.wav or alsa:PCM, with ?rate=…&channels=…; may be repeated',
      collect,
      [],
    )
    .action(async ({ device, ...rest }: Omit<ServeFlags, 'devices'> & { device: string[] }) => {
      const devices = device.length > 0 ? device : undefined;
      await (await import('../main.js')).serve({ ...rest, devices });
    });
}

function addSound(program: Command): void {
  client(program, 'play', 'plays a WAV, FLAC, Ogg or MP3 file; ends when it was heard')
    .argument('<file>', 'the file; - is standard input (WAV, FLAC, Ogg or MP3, or raw samples with --raw)')
    .option('--device <name>', 'the output (else the default one)')
    .option('--volume <percent>', "the stream's fader, 0 to 150", volumePercent)
    .option('--latency <ms>', 'wanted latency', latencyMs)
    .option('--raw <rate:channels:format>', 'samples without a header, e.g. 48000:2:s16', rawSpec)
    .action(async (file: string, flags: PlayFlags) => (await import('./commands/play.js')).play(file, flags));
  client(program, 'record', 'records an input or a monitor to a WAV file; Ctrl-C ends it')
    .argument('<file>', 'the WAV file')
    .option('--source <name>', 'an input, a monitor, or an output to hear what it plays')
    .option('--seconds <n>', 'how long', seconds)
    .option('--latency <ms>', 'wanted latency', latencyMs)
    .action(async (file: string, flags: RecordFlags) => (await import('./commands/record.js')).record(file, flags));
}

function addStatus(program: Command): void {
  client(program, 'status', 'shows devices, clients, streams, levels and latencies')
    .option('--json', 'for programs')
    .action(async (flags: StatusFlags) => (await import('./commands/status.js')).status(flags));
}

function addVerbs(program: Command): void {
  const verbs = () => import('./commands/mixer.js');
  client(program, 'volume', 'moves a fader')
    .argument('<target>', "a device's name, a stream's number, or a name that only one of them has")
    .argument('<percent>', '0 to 150', volumePercent)
    .action(async (target: string, to: number, options: ServerOptions) => (await verbs()).volume(target, to, options));
  client(program, 'mute', 'silences a device or a stream, or lets it be heard again')
    .argument('<target>', "a device's name, a stream's number, or a name that only one of them has")
    .argument('[on|off]', 'off lets it be heard again', onOrOff, true)
    .action(async (target: string, on: boolean, options: ServerOptions) => (await verbs()).mute(target, on, options));
  client(program, 'move', 'moves a stream to another device')
    .argument('<stream>', "a stream's number, or a name that only one has")
    .argument('<device>', "a device's name")
    .action(async (stream: string, device: string, options: ServerOptions) =>
      (await verbs()).move(stream, device, options),
    );
  client(program, 'default', 'makes a device the one that new streams go to')
    .argument('<device>', "a device's name")
    .action(async (device: string, options: ServerOptions) => (await verbs()).makeDefault(device, options));
  client(program, 'kick', "ends a program's connection")
    .argument('<client>', "a client's number, or a name that only one has")
    .action(async (name: string, options: ServerOptions) => (await verbs()).kick(name, options));
}

function addPairing(program: Command): void {
  const commands = () => import('./commands/pairing.js');
  client(program, 'pair', 'gives a link (and a QR code) that lets one browser in')
    .option('--role <role>', 'what it may do there', 'owner')
    .action(async (flags: PairFlags) => (await commands()).pair(flags));
  const grants = client(program, 'grants', 'shows the browsers that were let in')
    .option('--json', 'for programs')
    .action(async (flags: GrantsFlags) => (await commands()).grants(flags));
  grants
    .command('revoke')
    .description("takes a browser's key back and ends what it has open")
    .argument('<id>', 'its id, as "weir grants" shows it')
    // The socket is an option of "grants", wherever it stands.
    .action(async (id: string, _options: object, command: Command) =>
      (await commands()).revoke(id, command.optsWithGlobals<ServerOptions>()),
    );
}
