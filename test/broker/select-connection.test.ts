import { expect } from 'chai';
import { SelectConnection } from '../../adapters/index.ts';
import { IOLoop } from '../../ioloop/index.ts';
import { describeConformance } from '../adapters/conformance.ts';
import { describeBroker } from '../support/describe-broker.ts';
import { describeOnPollers } from '../support/real-pollers.ts';

describeBroker('SelectConnection', (broker) => {
  describeOnPollers((poller) => {
    it('lives on that poller', () => {
      const connection = new SelectConnection(broker.url, (opened) => opened.close());
      connection.ioloop.start();
      expect(connection.ioloop.poller.name).to.equal(poller);
      connection.ioloop.close();
    });

    describeConformance(
      {
        name: 'SelectConnection',
        Connection: SelectConnection,
        blocks: true,
        makeLoop: () => new IOLoop({ makeCurrent: false, onError: 'throw' }),
        run: async (loop) => loop.start(),
      },
      broker,
    );
  });
});
