import { bytes, Controls, duration, element, number } from './controls.ts';
import { Lane } from './lane.ts';
import { Rates, roundScale, SAMPLES_A_SECOND } from './rates.ts';
import { type Reason, reasonFor } from './reasons.ts';
import { type Login, QUEUE_LIMIT, SHOWN_MESSAGES, Traffic, UNCONFIRMED_LIMIT } from './traffic.ts';

// What is shown of the traffic, and what the controls do to it.

let traffic: Traffic | null = null;
let waiting = 0;

const controls = new Controls(() => void restartConsumer());
const meters = (['published', 'confirmed', 'consumed'] as const).map((name) => ({
  name,
  rates: new Rates(),
  lane: new Lane(element(`${name}-lane`, SVGSVGElement)),
}));
const rows = Array.from({ length: SHOWN_MESSAGES }, addRow);

element('close', HTMLButtonElement).addEventListener('click', () => void traffic?.close());
element('pause', HTMLButtonElement).addEventListener('click', () => void pauseOrResume());
element('login', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void run();
});
setInterval(publish, 20);
setInterval(showTraffic, 1_000 / SAMPLES_A_SECOND);
setInterval(() => void countWaiting(), 1_000);
void run();

/** Connects, and shows how it goes until the connection ends. */
async function run(): Promise<void> {
  const login = readLogin();
  showState('connecting', 'Connecting', `by way of the bridge at ${login.webSocket}`);
  try {
    traffic = await Traffic.start(login, controls);
    const open = `${traffic.broker} answers by way of the bridge at ${login.webSocket}`;
    showState('open', 'Open', open);
    traffic.onBlocked((reason) => {
      showState(
        'open',
        reason === null ? 'Open' : 'Open, and blocked',
        reason === null ? open : `by the broker: ${reason}`,
      );
    });
    void consume(traffic);
    showEnd(reasonFor(await traffic.ended));
    await traffic.close(); // where only the channel has ended
  } catch (error) {
    showEnd(reasonFor(error));
  }
}

/** In the background a page's timers run once in a second, so that what is due counts, not the calls. */
let publishedAt = performance.now();
let due = 0;
function publish(): void {
  const time = performance.now();
  due += (controls.rate * Math.min(time - publishedAt, 1_000)) / 1_000;
  publishedAt = time;
  const count = Math.floor(due);
  due -= count;
  if (isOpen()) traffic?.publish(count);
}

async function consume(from: Traffic): Promise<void> {
  showConsumer(true);
  try {
    await from.consume();
  } catch (error) {
    showConsumer(false);
    if (isOpen()) showEnd(reasonFor(error)); // else the end of the connection has told why
  }
}

async function restartConsumer(): Promise<void> {
  if (!traffic?.consuming) return; // the next one begins with what is set then
  await traffic.pause();
  await consume(traffic);
}

async function pauseOrResume(): Promise<void> {
  if (!traffic) return;
  if (!traffic.consuming) return consume(traffic);
  showConsumer(false);
  await traffic.pause();
}

async function countWaiting(): Promise<void> {
  if (!traffic || !isOpen()) return;
  waiting = await traffic.waiting().catch(() => 0); // it has ended meanwhile, which is shown
}

function readLogin(): Login {
  const given = (id: string): string => element(id, HTMLInputElement).value;
  const webSocket = new URL('amqp', location.href.replace(/^http/, 'ws')).href;
  return { webSocket, user: given('user'), password: given('password'), virtualHost: given('vhost') };
}

function isOpen(): boolean {
  return document.body.dataset.state === 'open';
}

function showState(state: 'connecting' | 'open' | 'closed' | 'failed', headline: string, why: string): void {
  document.body.dataset.state = state;
  show('state', headline);
  show('why', why);
  const isOver = state === 'closed' || state === 'failed';
  element('close', HTMLButtonElement).disabled = state !== 'open';
  element('pause', HTMLButtonElement).disabled = state !== 'open';
  element('connect', HTMLButtonElement).disabled = !isOver;
  element('who', HTMLFieldSetElement).disabled = !isOver;
}

function showEnd({ headline, detail, failed }: Reason): void {
  waiting = 0;
  showState(failed ? 'failed' : 'closed', headline, detail);
}

function showConsumer(consuming: boolean): void {
  show('pause', consuming ? 'Pause the consumer' : 'Resume the consumer');
}

function showTraffic(): void {
  const { published = 0, confirmed = 0, consumed = 0, refused = 0, unconfirmed = 0, unacked = 0 } = traffic ?? {};
  const counts = { published, confirmed, consumed };
  for (const { name, rates } of meters) rates.add(performance.now(), counts[name]);
  const scale = roundScale(Math.max(...meters.map(({ rates }) => rates.most)));
  show('scale', number(scale));
  for (const { name, rates, lane } of meters) {
    lane.draw(rates.history, scale);
    show(`${name}-rate`, number(rates.now));
    show(`${name}-total`, number(counts[name]));
  }
  showPart('unconfirmed', unconfirmed, UNCONFIRMED_LIMIT);
  showPart('waiting', waiting, QUEUE_LIMIT);
  showPart('unacked', unacked, controls.prefetch);
  show('prefetch-limit', number(controls.prefetch));
  show('refused', number(refused));
  element('refused', HTMLElement)
    .closest('div')
    ?.classList.toggle('some', refused > 0);
  showMessages();
}

function showPart(id: string, value: number, most: number): void {
  show(id, number(value));
  element(`${id}-bar`, HTMLElement).style.transform = `scaleX(${Math.min(1, value / most)})`;
}

function showMessages(): void {
  for (const [i, cells] of rows.entries()) {
    const message = traffic?.latest[i];
    const texts = message
      ? [
          message.at.toLocaleTimeString([], { hourCycle: 'h23' }),
          duration(message.took),
          bytes(message.size),
          message.text,
        ]
      : ['–', '–', '–', ''];
    for (const [column, cell] of cells.entries()) cell.textContent = texts[column] ?? '';
  }
}

function addRow(): HTMLTableCellElement[] {
  const row = element('messages', HTMLTableSectionElement).insertRow();
  return Array.from({ length: 4 }, () => row.insertCell());
}

function show(id: string, text: string): void {
  const target = element(id, HTMLElement);
  if (target.textContent !== text) target.textContent = text;
}
