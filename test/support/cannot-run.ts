/** Declares a suite that lacks something as one pending test with the reason, which is a failure where CI is set. */
export function cannotRun(reason: string): void {
  const fail = (): void => {
    throw new Error(reason);
  };
  it(`cannot run here: ${reason}`, process.env.CI ? fail : undefined);
}
