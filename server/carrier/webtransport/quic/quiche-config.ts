import type { Certificate } from '../certificate.js';
import { SIZE_LIMITS, TIME_LIMITS } from '../limits.js';
import type { Quiche, QuicheConfig } from './quiche.js';

/** What new connections are offered: HTTP/3 under this certificate, within the limits. */
export function quicheConfig(quiche: Quiche, { keyPem, certificatePem }: Certificate): QuicheConfig {
  const [key, chain] = [Buffer.from(keyPem), Buffer.from(certificatePem)];
  const config = quiche.Config.withBoringSslCtx(false, false, null, [key], [chain], null);
  config.setApplicationProtos(['h3']);
  config.setMaxIdleTimeout(TIME_LIMITS.silenceMs);
  config.setMaxRecvUdpPayloadSize(SIZE_LIMITS.udpPayloadBytes);
  config.setMaxSendUdpPayloadSize(SIZE_LIMITS.udpPayloadBytes);
  config.setInitialMaxData(SIZE_LIMITS.connectionWindowBytes);
  config.setInitialMaxStreamDataBidiLocal(SIZE_LIMITS.streamWindowBytes);
  config.setInitialMaxStreamDataBidiRemote(SIZE_LIMITS.streamWindowBytes);
  config.setInitialMaxStreamDataUni(SIZE_LIMITS.streamWindowBytes);
  config.setInitialMaxStreamsBidi(SIZE_LIMITS.bidiStreams);
  config.setInitialMaxStreamsUni(SIZE_LIMITS.uniStreams);
  // quiche lets windows grow by itself; not past what they were.
  config.setMaxConnectionWindow(SIZE_LIMITS.connectionWindowBytes);
  config.setMaxStreamWindow(SIZE_LIMITS.streamWindowBytes);
  config.setDisableActiveMigration(true);
  config.enableDgram(true, SIZE_LIMITS.datagrams, SIZE_LIMITS.datagrams);
  config.grease(false);
  return config;
}
