import { join } from 'node:path';
import { findProgram, isProgram, type WantedProgram } from './find-program.ts';

/** Chromium or Chrome, which `CHROMIUM_PATH` may give too. */
export const CHROMIUM: WantedProgram = {
  title: 'Chromium',
  givenBy: 'CHROMIUM_PATH',
  reasonIn: 'PIKALOOP_NO_CHROMIUM',
  packages: { 'apt-get': 'chromium', dnf: 'chromium', apk: 'chromium', brew: 'google-chrome' },
  isHere: () => findChromium() !== null,
};

/** @returns the program that `CHROMIUM_PATH` names, else one where the systems put it, else null */
export function findChromium(): string | null {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const named = NAMES.map(findProgram).find((path) => path !== null);
  return named ?? ELSEWHERE.find(isProgram) ?? null;
}

const NAMES: readonly string[] = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/** Where they are no programs of the PATH: macOS, Windows. */
const ELSEWHERE: readonly string[] = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => {
    const folder = process.env[name];
    return folder === undefined ? [] : [join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe')];
  }),
];
