import { inspect } from 'node:util';
import { expect } from 'chai';
import { ExternalCredentials, PlainCredentials, VALID_TYPES } from '../../amqp/index.ts';

const OFFER = { mechanisms: ['PLAIN', 'EXTERNAL'], locales: ['en_US'], serverProperties: {} };

describe('PlainCredentials', () => {
  it('answer PLAIN with user and password, and nothing else', () => {
    expect(new PlainCredentials('user', 'pässword').responseFor(OFFER)).to.deep.equal(['PLAIN', '\0user\0pässword']);
    expect(new PlainCredentials('u', 'p').responseFor({ ...OFFER, mechanisms: ['EXTERNAL'] })).to.deep.equal([
      null,
      null,
    ]);
  });

  it('show no secret when they are inspected or serialised (G8)', () => {
    const credentials = new PlainCredentials('user', 'hunter2');
    const shown = [
      inspect(credentials, { showHidden: true, depth: null, getters: true }),
      inspect({ deep: [credentials] }, { showHidden: true, depth: null }),
      JSON.stringify(credentials),
      String(credentials),
      Object.entries(credentials).join(),
      JSON.stringify(Object.getOwnPropertyDescriptors(credentials)),
    ];
    for (const text of shown) expect(text).to.not.include('hunter2');
    expect(credentials.password).to.equal('hunter2');
  });

  it('erase both where that was asked for, and only there', () => {
    const kept = new PlainCredentials('u', 'p');
    kept.eraseCredentials();
    expect(kept.password).to.equal('p');
    const erased = new PlainCredentials('u', 'p', true);
    const copy = erased.clone();
    erased.eraseCredentials();
    expect([erased.username, erased.password]).to.deep.equal([null, null]);
    expect([copy.username, copy.password, copy.eraseOnConnect]).to.deep.equal(['u', 'p', true]);
  });

  it('are equal by value', () => {
    const credentials = new PlainCredentials('u', 'p');
    expect(credentials.equals(new PlainCredentials('u', 'p'))).to.equal(true);
    expect(credentials.equals(new PlainCredentials('u', 'q'))).to.equal(false);
    expect(credentials.equals(new PlainCredentials('u', 'p', true))).to.equal(false);
    expect(credentials.equals(new ExternalCredentials())).to.equal(false);
    expect(new ExternalCredentials().equals(new ExternalCredentials())).to.equal(true);
  });

  it('refuse what is no text, without showing it', () => {
    expect(() => new PlainCredentials('u', 7 as never))
      .to.throw(TypeError, 'password')
      .with.property('code', 'ARG_TYPE');
    expect(() => new PlainCredentials(null as never, 'p')).to.throw(TypeError, 'username');
  });
});

describe('ExternalCredentials', () => {
  it('answer EXTERNAL with nothing', () => {
    expect(new ExternalCredentials().responseFor(OFFER)).to.deep.equal(['EXTERNAL', '']);
    expect(new ExternalCredentials().responseFor({ ...OFFER, mechanisms: ['PLAIN'] })).to.deep.equal([null, null]);
  });

  it('are one of the types that are valid from the start', () => {
    expect(VALID_TYPES).to.deep.equal([PlainCredentials, ExternalCredentials]);
  });
});
