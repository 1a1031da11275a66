import Mocha from 'mocha';

/** Mocha's `spec`, and a last line that a program can read. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = this.stats;
      Mocha.reporters.Base.consoleLog(`${passes} passed, ${failures} failed`);
    });
  }
}
