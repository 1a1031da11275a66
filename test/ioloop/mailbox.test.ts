import { expect } from 'chai';
import { MailReader, MailWriter, newMailbox } from '../../ioloop/mailbox.ts';

describe('a mailbox in shared memory', () => {
  function open(capacity?: number): { writer: MailWriter; reader: MailReader; take: () => unknown[] } {
    const memory = newMailbox(capacity);
    const writer = new MailWriter(memory);
    const reader = new MailReader(memory);
    const take = (): unknown[] => {
      const found: unknown[] = [];
      reader.take((message) => found.push(message));
      return found;
    };
    return { writer, reader, take };
  }

  it('gives what was put, in order, once', () => {
    const { writer, take } = open();
    const messages = [{ op: 'connected', slot: 3, error: null }, 'größer als ASCII: 𝄞', [1, [2, {}]]];
    for (const message of messages) writer.put(message);
    expect(take()).to.deep.equal(messages);
    expect(take()).to.deep.equal([]);
  });

  it('keeps messages whole across every wrap', () => {
    const { writer, take } = open(256);
    for (let i = 0; i < 2000; i++) {
      const message = { i, text: 'x'.repeat(i % 230) };
      writer.put(message);
      expect(take()).to.deep.equal([message]);
    }
  });

  it('holds what does not fit until there is room, and says that somebody waits for it', () => {
    const { writer, reader } = open(256);
    const sent = Array.from({ length: 50 }, (_, i) => ({ i, text: 'y'.repeat(40) }));
    for (const message of sent) writer.put(message);
    const found: unknown[] = [];
    while (reader.take((message) => found.push(message))) writer.moveOn();
    expect(found).to.deep.equal(sent);
  });

  it('asks for no more room once all is in', () => {
    const { writer, reader } = open(256);
    writer.put('one');
    expect(reader.take(() => {})).to.equal(false);
  });

  it('takes a message out before it is looked at, so that an error loses no other', () => {
    const { writer, reader, take } = open();
    for (const message of ['first', 'second', 'third']) writer.put(message);
    const fail = (): never => {
      throw new TypeError('planted');
    };
    expect(() => reader.take(fail)).to.throw(TypeError, 'planted');
    expect(take()).to.deep.equal(['second', 'third']);
  });

  it('refuses what would never fit, and goes on', () => {
    const { writer, take } = open(256);
    expect(() => writer.put('z'.repeat(300))).to.throw(RangeError, '302 bytes');
    writer.put('small');
    expect(take()).to.deep.equal(['small']);
  });

  it('takes an offer only while there is room for it', () => {
    const { writer, take } = open(256);
    const offered = Array.from({ length: 10 }, (_, i) => `${i}${'w'.repeat(60)}`);
    const taken = offered.filter((message) => writer.offer(message));
    expect(taken).to.deep.equal(offered.slice(0, 3));
    expect(take()).to.deep.equal(taken);
    expect(writer.offer('again')).to.equal(true);
  });
});
