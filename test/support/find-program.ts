import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that the tests need and that no package of npm brings. */
export interface WantedProgram {
  readonly title: string;
  /** The environment variable by which somebody names one that is there. */
  readonly givenBy: string;
  /** The environment variable in which the step before the tests leaves why it could not install it. */
  readonly reasonIn: string;
  /** What each package manager calls it. */
  readonly packages: Readonly<Record<'apt-get' | 'dnf' | 'apk' | 'brew', string>>;
  isHere(): boolean;
}

/** @returns null when it is here */
export function whyMissing({ title, givenBy, reasonIn, isHere }: WantedProgram): string | null {
  if (isHere()) return null;
  return process.env[reasonIn] ?? `${title} is not installed; npm test installs it where it may, or set ${givenBy}`;
}

/** Cron and npm may leave the last ones out of PATH. */
export const FOLDERS: readonly string[] = [
  ...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
  ...['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'],
  ...['/usr/lib/erlang/bin', '/opt/homebrew/sbin', '/opt/homebrew/bin'],
];

/** @returns the path of a program of this name that this user may execute, or null */
export function findProgram(name: string): string | null {
  return FOLDERS.map((folder) => join(folder, name)).find(isProgram) ?? null;
}

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
