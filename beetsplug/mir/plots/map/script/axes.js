/* Axes below the points: numbers and titles in 2-D, the box of the scene in 3-D. On a plane of
   neighbours neither numbers nor directions mean anything: there are none. */
const axes = (() => {
  const {byId, state} = page;
  const {axes: titles, hasPlane} = data;
  const {boxes, size, project, unit} = camera;
  const {drawnAs} = symbols;

  const APART = 90; // pixels from number to number
  const LONGEST = 40; // characters
  const HALF = 60; // pixels, of a title
  const BEYOND = 1.12; // of the box: where titles are

  function place() {
    const parts = state.view === 3 ? scene() : hasPlane ? [] : [...across(), ...upwards()];
    byId('axes').replaceChildren(...parts);
  }

  /** Round numbers that lie so far apart, from one to another. */
  function ticks(from, to) {
    const rough = APART / unit();
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((times) => times * power >= rough) * power;
    const first = Math.ceil(from / step);
    const count = Math.min(100, Math.floor(to / step) - first + 1);
    return Array.from({length: Math.max(0, count)}, (_, k) =>
      Number(((first + k) * step).toPrecision(6)),
    );
  }

  function across() {
    const {x} = camera.seen();
    const half = size.width / unit() / 2;
    const marked = ticks(x - half, x + half).flatMap((value) => {
      const at = (value - x) * unit() + size.width / 2;
      return [
        line([at, 0], [at, size.height]),
        text(String(value), at, size.height - 22, 'tick', 'middle'),
      ];
    });
    return [...marked, title(0, size.width / 2, size.height - 6, 'middle')];
  }

  function upwards() {
    const {y} = camera.seen();
    const half = size.height / unit() / 2;
    const marked = ticks(y - half, y + half).flatMap((value) => {
      const at = size.height / 2 - (value - y) * unit();
      return [
        line([0, at], [size.width, at]),
        text(String(value), 22, at + 4, 'tick', 'start'),
      ];
    });
    const named = title(1, 0, 0, 'middle');
    named.setAttribute('transform', `translate(14 ${size.height / 2}) rotate(-90)`);
    return [...marked, named];
  }

  /** At the map's sides titles begin or end there, else they would be cut. */
  function atEdge(x) {
    if (x < HALF) return ['start', Math.max(x - HALF, 4)];
    if (x > size.width - HALF) return ['end', Math.min(x + HALF, size.width - 4)];
    return ['middle', x];
  }

  function title(index, x, y, anchor) {
    const long = Array.from(titles[index] || '');
    const short = long.length > LONGEST ? `${long.slice(0, LONGEST - 1).join('')}…` : '';
    return text(short || titles[index] || '', x, y, 'title', anchor);
  }

  /** The twelve edges of the box around the points, and the names of those from one corner. */
  function scene() {
    const {ends} = boxes[3];
    const corner = (bits) => ends.map((pair, k) => pair[(bits >> k) & 1]);
    const edges = [];
    for (let bits = 0; bits < 8; bits++) {
      for (let k = 0; k < 3; k++) if (!((bits >> k) & 1)) edges.push([bits, bits | (1 << k)]);
    }
    const lines = edges.map((pair) => {
      const [from, to] = pair.map((bits) => project(corner(bits)));
      return from && to && line(from, to);
    });
    const named = [0, 1, 2].map((k) => {
      const at = project(outermost(k));
      if (!at) return null;
      const [anchor, x] = atEdge(at[0]);
      return title(k, x, at[1] + 4, anchor);
    });
    return [...lines, ...named].filter(Boolean);
  }

  /** A place beyond the middle of that edge along an axis which is seen farthest outside. */
  function outermost(k) {
    const {ends, middle} = boxes[3];
    const [i, j] = [0, 1, 2].filter((other) => other !== k);
    const candidates = [0, 1, 2, 3].map((bits) => {
      const at = [...middle];
      at[i] += (ends[i][bits & 1] - middle[i]) * BEYOND;
      at[j] += (ends[j][bits >> 1] - middle[j]) * BEYOND;
      return at;
    });
    const centre = project(middle) || [0, 0];
    const outside = (at) => {
      const [x, y] = project(at) || centre;
      return Math.hypot(x - centre[0], y - centre[1]) + 0.1 * y; // rather below than above
    };
    return candidates.reduce((a, b) => (outside(b) > outside(a) ? b : a));
  }

  function line([x1, y1], [x2, y2]) {
    return drawnAs('line', {x1, y1, x2, y2});
  }

  function text(content, x, y, kind, anchor) {
    const made = drawnAs('text', {x, y, class: kind, 'text-anchor': anchor});
    made.textContent = content;
    return made;
  }

  return {place};
})();
