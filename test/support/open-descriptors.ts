import { readdirSync, readlinkSync } from 'node:fs';

/**
 * The descriptors of this process, each by its number and what it stands for (Linux). To be compared one by one: threads that
 * end meanwhile take theirs along, so that a count says little.
 */
export function openDescriptors(): ReadonlySet<string> {
  const found = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      // the one that the folder was read by
      return [];
    }
  });
  return new Set(found);
}

/** Those that are open and were not. */
export function openedSince(before: ReadonlySet<string>): string[] {
  return [...openDescriptors()].filter((descriptor) => !before.has(descriptor));
}
