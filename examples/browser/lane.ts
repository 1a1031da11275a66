/** A small chart: the area under a line, in an SVG element of 600 by 100 that is stretched to its place. */
export class Lane {
  readonly #curve: SVGPathElement;
  readonly #area: SVGPathElement;

  constructor(svg: SVGSVGElement) {
    for (const y of [0, 50, 100]) pathIn(svg, 'grid').setAttribute('d', `M0 ${y}H${WIDTH}`);
    this.#area = pathIn(svg, 'area');
    this.#curve = pathIn(svg, 'curve');
  }

  /** @param scale - what reaches the top */
  draw(values: readonly number[], scale: number): void {
    const step = WIDTH / (values.length - 1);
    const points = values.map((value, i) => `${(i * step).toFixed(1)} ${(HEIGHT * (1 - value / scale)).toFixed(1)}`);
    const line = `M${points.join('L')}`;
    this.#curve.setAttribute('d', line);
    this.#area.setAttribute('d', `${line}V${HEIGHT}H0Z`);
  }
}

const WIDTH = 600;
const HEIGHT = 100;

function pathIn(svg: SVGSVGElement, className: string): SVGPathElement {
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('class', className);
  return svg.appendChild(path);
}
