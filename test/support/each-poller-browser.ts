export { itInHostTask, keepingLogger } from './loops-under-test.ts';
