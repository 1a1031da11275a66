import type { Settings } from './traffic.ts';

/** A slider over values of its own, which are further apart the larger they are. */
interface Slider {
  readonly id: string;
  readonly values: readonly number[];
  readonly start: number;
  inWords(value: number): string;
}

const SLIDERS = {
  rate: {
    id: 'rate',
    values: [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
    start: 200,
    inWords: (rate) => (rate === 0 ? 'none' : number(rate)),
  },
  size: { id: 'size', values: [16, 64, 256, 1_024, 4_096, 16_384, 32_768], start: 256, inWords: bytes },
  prefetch: { id: 'prefetch', values: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000], start: 100, inWords: number },
  work: {
    id: 'work',
    values: [0, 5, 10, 20, 50, 100, 200, 500, 1_000],
    start: 20,
    inWords: (ms) => (ms === 0 ? 'at once' : `${number(ms)} ms`),
  },
} satisfies Record<string, Slider>;

/** What the sliders say, while they are moved. */
export class Controls implements Settings {
  rate = 0;
  size = 0;
  prefetch = 0;
  work = 0;

  /** @param changed - is told when somebody has let go of the slider of the prefetch */
  constructor(changed: () => void) {
    this.#follow(SLIDERS.rate, (value) => (this.rate = value));
    this.#follow(SLIDERS.size, (value) => (this.size = value));
    this.#follow(SLIDERS.work, (value) => (this.work = value));
    this.#follow(SLIDERS.prefetch, (value) => (this.prefetch = value)).addEventListener('change', changed);
  }

  #follow({ id, values, start, inWords }: Slider, set: (value: number) => void): HTMLInputElement {
    const input = element(id, HTMLInputElement);
    const output = element(`${id}-value`, HTMLOutputElement);
    const show = (): void => {
      const value = values[Number(input.value)] ?? start;
      const text = inWords(value);
      set(value);
      output.value = text;
      input.setAttribute('aria-valuetext', text);
      input.style.setProperty('--at', `${(100 * Number(input.value)) / (values.length - 1)}%`);
    };
    input.max = String(values.length - 1);
    input.value = String(values.indexOf(start));
    input.addEventListener('input', show);
    show();
    return input;
  }
}

/** An element of the page by its id. @throws {Error} where the page has another one */
export function element<E extends Element>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} called ${id}`);
}

const NUMBERS = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function number(value: number): string {
  return NUMBERS.format(value).replaceAll(',', '\u202f'); // a narrow space, which breaks no line
}

export function bytes(size: number): string {
  return size < 1_024 ? `${size} B` : `${number(size / 1_024)} KiB`;
}

export function duration(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
