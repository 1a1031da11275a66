/** The limit of a bare socket of Node. */
import { connect } from 'node:net';
import { RawRounds } from '../raw-rounds.ts';
import { serveRounds } from '../rounds-on-demand.ts';

const socket = connect({ port: Number(new URL(process.argv[2] ?? '').port), host: '127.0.0.1', noDelay: true });
const raw = new RawRounds(socket);
socket.on('data', (bytes) => raw.received(bytes));
socket.on('drain', () => raw.drained());
raw.prepare(() => serveRounds(raw.rounds));
