import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { generate } from '../../amqp/codegen.ts';
import { CLASSES, PROPERTIES } from '../../amqp/spec.ts';

describe('the generated files', () => {
  const generated = generate(CLASSES, PROPERTIES);

  it('amqp/methods.ts is what spec.ts gives', () => {
    expect(readFileSync('amqp/methods.ts', 'utf8')).to.equal(generated.methods);
  });

  it('amqp/codec.ts is what spec.ts gives', () => {
    expect(readFileSync('amqp/codec.ts', 'utf8')).to.equal(generated.codec);
  });

  it('are refused for a line that is no method, no field or of no type', () => {
    const line = (text: string) => () => generate([{ name: 'x', id: 1, methods: [text] }], []);
    expect(line('ten do()')).to.throw(SyntaxError, 'ten do()');
    expect(line('10 do(a)')).to.throw(SyntaxError, 'a');
    expect(line('10 do(a:word)')).to.throw(SyntaxError, 'a:word');
  });
});
