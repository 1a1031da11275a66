import { expect } from 'chai';
import { describeBridged } from './describe-bridged.ts';
import { ISOLATED } from './page-server.ts';

const HEADER = [...'AMQP'].map((letter) => letter.charCodeAt(0)).concat(0, 0, 9, 1);

describeBridged('the bridge of the tests', (chromium, broker) => {
  it('takes a page to the broker, and no page of another origin', async () => {
    const { page } = await chromium.open();
    const given = { url: broker.webSocket, header: HEADER };
    const firstByte = ({ url, header }: typeof given): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(url, 'amqp');
        socket.binaryType = 'arraybuffer';
        socket.onopen = () => socket.send(new Uint8Array(header));
        socket.onmessage = ({ data }) => resolve(new Uint8Array(data)[0] ?? -1);
        socket.onclose = ({ code }) => resolve(code);
      });
    expect(await page.evaluate(firstByte, given)).to.equal(1);
    await page.goto(chromium.origin.replace('127.0.0.1', 'localhost') + ISOLATED);
    expect(await page.evaluate(firstByte, given)).to.equal(4403);
  });
});
