import { createConnection } from 'node:net';
import { expect } from 'chai';
import { darwin } from '../../../ioloop/native/darwin.ts';
import { systemCallError } from '../../../ioloop/native/errors.ts';
import { openSystem } from '../../../ioloop/native/system.ts';

describe('the error of a system call', () => {
  const system = openSystem();

  it('is the one of a socket of the host, field by field', async () => {
    const theirs = await new Promise<Error>((resolve) => {
      createConnection({ host: '127.0.0.1', port: 1 }).once('error', resolve);
    });
    const ours = systemCallError(system, system.constants.ECONNREFUSED, 'connect', { address: '127.0.0.1', port: 1 });
    expect(ours.message).to.equal(theirs.message);
    expect({ ...ours }).to.deep.equal({ ...theirs });
  });

  it('names a path, or nothing', () => {
    const { ENOENT, EPIPE } = system.constants;
    expect(systemCallError(system, ENOENT, 'connect', { address: '/nowhere' }).message).to.equal(
      'connect ENOENT /nowhere',
    );
    const error = systemCallError(system, EPIPE, 'write');
    expect(error.message).to.equal('write EPIPE');
    expect({ ...error }).to.deep.equal({ errno: -EPIPE, code: 'EPIPE', syscall: 'write' });
  });

  it('is named as its own system names it', () => {
    expect(systemCallError(darwin(), 61, 'connect').code).to.equal('ECONNREFUSED');
    expect(systemCallError(darwin(), 35, 'recv').code).to.equal('EAGAIN');
  });

  it('has a name even if nobody here asks for it', () => {
    expect(systemCallError(system, 116, 'read').code).to.be.oneOf(['ESTALE', 'Unknown system error -116']);
    expect(systemCallError(system, 9999, 'read').code).to.equal('Unknown system error -9999');
  });
});
