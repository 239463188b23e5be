import 'reflect-metadata';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  NameConstraints,
} from '@peculiar/asn1-x509';
import { Extension, type X509Certificate } from '@peculiar/x509';
import { LOOPBACK_NETWORKS, PRIVATE_NETWORKS } from '../../config/address.js';

/**
 * What our CA may vouch for (RFC 5280 4.2.1.10, critical): these names, `.local`, loopback and private addresses. All
 * private networks, since the machine gets another address tomorrow and a CA cannot be changed once a phone trusts it; no
 * site of the Internet is in any of them.
 */
export function nameConstraints(names: readonly string[]): Extension {
  const dns = new Set([...names.filter((name) => !name.endsWith('.local')), 'local']);
  const networks = [...LOOPBACK_NETWORKS, ...PRIVATE_NETWORKS];
  const bases = [
    ...Array.from(dns, (dNSName) => new GeneralName({ dNSName })),
    ...networks.map(({ address, prefix }) => new GeneralName({ iPAddress: `${address}/${prefix}` })),
  ];
  const permittedSubtrees = new GeneralSubtrees(bases.map((base) => new GeneralSubtree({ base })));
  return new Extension(id_ce_nameConstraints, true, AsnConvert.serialize(new NameConstraints({ permittedSubtrees })));
}

/** Whether the CA may vouch for a DNS name: one name that it may not spoils the whole certificate. */
export function mayVouch(authority: X509Certificate, name: string): boolean {
  const extension = authority.getExtension(id_ce_nameConstraints);
  if (!extension) return false;
  const { permittedSubtrees } = AsnConvert.parse(extension.value, NameConstraints);
  return Array.from(permittedSubtrees ?? []).some(
    ({ base: { dNSName } }) => name === dNSName || name.endsWith(`.${dNSName}`),
  );
}
