/** Connections by TCP, and those of one address (of IPv6: of one network). A desktop has one a program. */
export const NETWORK_CONNECTIONS = 128;
export const CONNECTIONS_PER_ADDRESS = 48;
/** Of these, those that have not shown the cookie. */
export const NETWORK_STRANGERS_MAX = 32;
export const STRANGERS_PER_ADDRESS = 8;
/** Connections that one address may begin in a minute, each one try of the cookie: a person's volume keys begin one each. */
export const TRIES_PER_MINUTE = 300;
/** Of a machine that does not answer its connections are over after so long; its streams have been silent before. */
export const GONE_MS = 8000;
