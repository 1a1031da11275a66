/** Writes the generated files of amqp/: `npm run generate`. */
import { writeFileSync } from 'node:fs';
import { generate } from '../../amqp/codegen.ts';
import { CLASSES, PROPERTIES } from '../../amqp/spec.ts';

const { methods, codec } = generate(CLASSES, PROPERTIES);
writeFileSync('amqp/methods.ts', methods);
writeFileSync('amqp/codec.ts', codec);
