/**
 * The package's door in a browser: the protocol, the parameters and the errors. Connections need a stream that a browser
 * can open; until this release has one, a page can speak the protocol through `ConnectionMachine` of `pikaloop/amqp`.
 */
export * from './portable.ts';
