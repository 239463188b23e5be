import { fileURLToPath } from 'node:url';
import { goAhead } from '../native-shim/precedence.js';
import { exitNow, notDumpable } from '../native-shim/sys.js';
import { NetworkCookie } from './carrier/pulse/network/cookie.js';
import { type PulseDoors, startPulseCarrier } from './carrier/pulse/pulse-carrier.js';
import { startUnixCarrier } from './carrier/unix/unix-carrier.js';
import { WebTransportCarrier } from './carrier/webtransport/webtransport-carrier.js';
import { type Config, loadConfig, type ServeFlags } from './config/load.js';
import { claimRuntimeDir, pulseSocketPath, socketPath } from './config/runtime-dir.js';
import { startHttp } from './control/http.js';
import { Lan } from './control/lan/lan.js';
import { chooseDevices } from './device/choose-devices.js';
import { WeirError } from './observe/errors.js';
import { logOf, setLogLevel } from './observe/log.js';
import { furnish } from './session/furnish.js';
import { invitationText } from './session/pairing/invitation-text.js';
import type { Pairings } from './session/pairing/pairings.js';

const WEB_ROOT = fileURLToPath(new URL('../web', import.meta.url));
const log = logOf('main');

/**
 * Runs the server until SIGTERM or SIGINT; what keeps it from starting is thrown as WeirError.
 * config → devices → engine → sessions → carriers → listen.
 */
export async function serve(flags: ServeFlags): Promise<void> {
  const config = orThrow(loadConfig({ flags, env: process.env }));
  setLogLevel(config.logLevel);
  notDumpable();
  // Sound on its way is late where it waits for what a desktop draws.
  if (!goAhead()) log.debug('no precedence over other programs: RLIMIT_NICE does not allow it');
  const claim = orThrow(claimRuntimeDir(config.runtimeDir));

  const house = furnish(config, orThrow(await chooseDevices(config.devices)));
  const { outputs, reception, pairings } = house;
  const unix = orThrow(startUnixCarrier(socketPath(config.runtimeDir), config.socketMode, reception));
  const pulse = orThrow(startPulseCarrier(pulseDoors(config), reception));
  if (config.pulseTcp) log.info(config.pulseTcp, 'programs of other machines that have the cookie may play');
  const webTransport = new WebTransportCarrier(reception);
  const lan = orThrow(await Lan.prepare(config));
  const webServer = await startHttp({
    listen: config.listen,
    secure: lan,
    reception,
    pairings,
    webTransport,
    webRoot: WEB_ROOT,
    log: logOf('http'),
  });
  await lan?.open(webServer.port, (urls) => (pairings.origins = urls));
  if (!lan) pairings.origins = [webServer.url];
  if (lan && pairings.all.length === 0) showWayIn(pairings);
  process.stdout.write(`weir ready ${webServer.url}\n`);

  await stopSignal();
  log.info('stopping');
  // Node's own end waits for every thread, also for one that hangs in a device's driver. The log is written out by then.
  process.once('exit', exitNow);
  reception.close();
  unix.close();
  pulse.close();
  house.copies.close();
  await Promise.allSettled([webServer.close(), lan?.close(), outputs.close()]);
  claim.release();
  process.exit(0);
}

function pulseDoors({ runtimeDir, stateDir, socketMode, pulseTcp }: Config): PulseDoors {
  const unix = { path: pulseSocketPath(runtimeDir), mode: socketMode };
  return pulseTcp ? { ...unix, network: { listen: pulseTcp, cookie: orThrow(NetworkCookie.load(stateDir)) } } : unix;
}

/** Other machines may come and no browser has: the link stands where the server was started. */
function showWayIn(pairings: Pairings): void {
  const link = pairings.invite('owner');
  if (link instanceof WeirError) return;
  if (process.stderr.isTTY) process.stderr.write(invitationText(link, true));
  else log.info({ url: link.url, expiresS: link.expiresS }, 'no browser is paired yet; this link lets one in');
}

function orThrow<T>(value: T | WeirError): T {
  if (value instanceof WeirError) throw value;
  return value;
}

function stopSignal(): Promise<void> {
  return new Promise((stop) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      // For good: Ctrl-C comes from the terminal and from the supervisor, and the second must not cut the end short.
      process.on(signal, () => {
        stop();
      });
    }
  });
}
