import { expect } from 'chai';
import { FLOORS, rankOf } from './floors.ts';
import { type Source, sourcesOf, target } from './sources.ts';

/** What each room may import beside its own files. */
const ROOMS: readonly { readonly room: string; readonly may: RegExp; readonly why: string }[] = [
  { room: 'amqp', may: /^$/, why: 'the protocol imports nothing' },
  { room: 'ioloop', may: /^node:/, why: 'the loop imports nothing of ours' },
  {
    room: 'adapters',
    may: /^(node:.*|ws|\.\.\/(amqp|ioloop)\/index\.ts)$/,
    why: 'adapters import the two rooms below them by their index, and what carries WebSockets on Node',
  },
  {
    room: 'test/kit',
    may: /^(node:.*|\.\.\/\.\.\/(amqp|ioloop|adapters)\/index\.ts)$/,
    why: 'the test kit stands on the public doors',
  },
  {
    room: 'cli',
    may: /^(node:.*|\.\.\/(adapters|test\/kit)\/index\.ts)$/,
    why: 'commands import the adapters and the test kit by their index',
  },
  {
    room: 'examples',
    may: /^(node:.*|pikaloop(\/(amqp|ioloop|testing))?)$/,
    why: 'an example imports what a user would',
  },
];

for (const { room, may, why } of ROOMS) {
  describe(`the imports of ${room}/`, () => {
    const sources = sourcesOf(room).filter(({ path }) => !path.endsWith('.test.ts'));

    it(`stay within the rule: ${why}`, () => {
      const outside = links(sources).filter(
        ({ from, to, specifier }) => !isInside(room, from, to) && !may.test(specifier),
      );
      expect(outside.map(inWords)).to.deep.equal([]);
    });

    it('form no circle, types included', () => {
      expect(circle(sources)).to.equal(null);
    });

    const floors = FLOORS[room];
    if (!floors) return;

    it('begin and end at files that are drawn', () => {
      const undrawn = sources.filter(({ path }) => rankOf(floors, path, room) === null);
      expect(undrawn.map(({ path }) => path)).to.deep.equal([]);
    });

    it('lead downwards, as the floors are drawn', () => {
      const upwards = links(sources).filter(({ from, to }) => {
        const [above, below] = [rankOf(floors, from, room), to === null ? null : rankOf(floors, to, room)];
        return above !== null && below !== null && !above.mayImport(below);
      });
      expect(upwards.map(inWords)).to.deep.equal([]);
    });
  });
}

interface Link {
  readonly from: string;
  /** Null when it is no file of ours. */
  readonly to: string | null;
  readonly specifier: string;
}

function links(sources: readonly Source[]): Link[] {
  return sources.flatMap(({ path, imports }) =>
    imports.map((specifier) => ({ from: path, to: target(path, specifier), specifier })),
  );
}

function inWords({ from, specifier }: Link): string {
  return `${from} imports ${specifier}`;
}

/** A file of a room may import its own room; a test kit is a room within a room. */
function isInside(room: string, from: string, to: string | null): boolean {
  return to !== null && from.startsWith(`${room}/`) && to.startsWith(`${room}/`);
}

/** @returns the files of one circle, each importing the next and the last the first; null when there is none */
function circle(sources: readonly Source[]): string | null {
  const next = new Map<string, string[]>();
  for (const { from, to } of links(sources)) if (to !== null) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(' → ');
    if (done.has(path)) return null;
    for (const to of next.get(path) ?? []) {
      const found = visit(to, [...trail, path]);
      if (found !== null) return found;
    }
    done.add(path);
    return null;
  };
  for (const { path } of sources) {
    const found = visit(path, []);
    if (found !== null) return found;
  }
  return null;
}
