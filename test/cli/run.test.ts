import { expect } from 'chai';
import { version } from 'pikaloop';
import { run } from '../../cli/run.ts';
import type { Terminal } from '../../cli/terminal.ts';

describe('pikaloop', () => {
  let said: string;
  let complained: string;
  const terminal: Terminal = {
    print: (text) => {
      said += text;
    },
    complain: (text) => {
      complained += text;
    },
    interrupted: () => Promise.reject(new Error('nothing listens here')),
  };
  beforeEach(() => {
    said = complained = '';
  });

  for (const args of [[], ['--help'], ['-h'], ['help']]) {
    it(`${args.join(' ') || 'alone'} prints how it is used`, async () => {
      expect([await run(args, terminal), complained]).to.deep.equal([0, '']);
      expect(said)
        .to.match(/^Usage: pikaloop <command>/)
        .and.include('bridge');
    });
  }

  it('prints its version', async () => {
    expect([await run(['--version'], terminal), said]).to.deep.equal([0, `${version}\n`]);
  });

  it('prints every option of a command', async () => {
    expect(await run(['bridge', '--help'], terminal)).to.equal(0);
    const names = 'target origin listen path cert key max-connections max-per-address max-bytes verbose help';
    for (const name of names.split(' ')) expect(said).to.match(new RegExp(`^  --${name} `, 'm'));
  });

  for (const [typed, text] of [
    ['serve', 'there is no command "serve"'],
    ['bridge', '--target is missing: the broker, as amqp://localhost:5672'],
    ['bridge --taget amqp://h', "Unknown option '--taget'"],
    ['bridge amqp://h', "Unexpected argument 'amqp://h'"],
    ['bridge --target', "Option '--target <value>' argument missing"],
    ['bridge --target h', '--target default: url must be like'],
    ['bridge --target x=http://h', '--target x: scheme must be amqp or amqps'],
    ['bridge --target amqp://u:secret@h', '--target default: takes one host'],
    ['bridge --target amqp://a --target amqp://b', 'of several targets each has a name: --target name=url'],
    ['bridge --target x=amqp://a --target x=amqp://b', '--target x is given twice'],
    ['bridge --target amqp://h --origin app.example', '--origin must be like https://app.example'],
    ['bridge --target amqp://h --listen here', '--listen takes an address like 127.0.0.1:15670, not "here"'],
    ['bridge --target amqp://h --listen 127.0.0.1:70000', '--listen takes an address like'],
    ['bridge --target amqp://h --max-connections many', '--max-connections takes a number from 1 on, not "many"'],
    ['bridge --target amqp://h --max-bytes 1', '--max-bytes must be an integer from 1024'],
    ['bridge --target amqp://h --path amqp', '--path must begin with a /'],
    ['bridge --target amqp://h --cert cert.pem', '--cert and --key go together'],
  ] as const) {
    it(`refuses "${typed}" with one line, where to find help, and exit code 2`, async () => {
      expect(await run(typed.split(' '), terminal)).to.equal(2);
      expect(complained.split('\n')[0]).to.include(`pikaloop: ${text}`);
      expect(complained)
        .to.match(/\nTry: pikaloop (bridge )?--help\n$/)
        .and.not.include('secret');
      expect(said).to.equal('');
    });
  }

  it('fails with exit code 1 and the reason where a file cannot be read', async () => {
    const args = ['bridge', '--target', 'amqp://h', '--cert', '/none/cert.pem', '--key', '/none/key.pem'];
    expect(await run(args, terminal)).to.equal(1);
    expect(complained).to.match(/^pikaloop: ENOENT: [^\n]*\/none\/cert\.pem'\n$/);
  });
});
