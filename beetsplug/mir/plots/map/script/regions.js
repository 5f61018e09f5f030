/* Names on the map: each group's where it is densest. Where two would lie on each other the
   larger one wins; more appear as one zooms in. */
const regions = (() => {
  const {byId, element, state} = page;
  const {n, drawn} = data;
  const {boxes, size, project} = camera;

  const CELLS = 48; // along the longer side, in which tracks are counted
  const MOST = 150; // names
  const LONGEST = 32; // characters
  const GAP = 4; // pixels
  const MANY = 2000; // tracks, from which a name lies within a cloud; of fewer, above them
  const LIFT = 9; // pixels

  const found = new Map(); // by dictionary and view
  let shown = []; // {place, made, width, height}, the largest first

  /** Have the names of the present groups; `pick` is told of that which is clicked. */
  function show(pick) {
    const present = groups.present();
    const {list} = groups.shown();
    const hidden = new Set(list.filter(groups.isHidden).flatMap((group) => group.indices));
    const all = present ? placesOf(present.dictionary) : [];
    shown = all
      .filter(({index}) => present.nameOf(index) && !hidden.has(index))
      .map((region) => ({...region, made: button(present, region, pick)}));
    byId('regions').replaceChildren(...shown.map(({made}) => made));
    for (const each of shown) {
      each.width = each.made.offsetWidth;
      each.height = each.made.offsetHeight;
    }
  }

  function button({dictionary, nameOf}, {index, count}, pick) {
    const name = nameOf(index);
    const characters = Array.from(name);
    const long = characters.length > LONGEST;
    const text = long ? `${characters.slice(0, LONGEST - 1).join('')}…` : name;
    const made = element('button', text);
    made.type = 'button';
    made.dir = 'auto';
    made.title = `${count} tracks: click to select them`;
    made.addEventListener('click', () => pick(dictionary, index));
    return made;
  }

  /** Where each group is densest, the largest groups first; in 3-D its middle. */
  function placesOf(dictionary) {
    const {view} = state;
    const name = `${view}${state.colour}`;
    if (!found.has(name)) found.set(name, view === 3 ? middles(dictionary) : peaks(dictionary));
    return found.get(name);
  }

  function largest(counts) {
    const all = Array.from(counts, (count, index) => ({index, count}));
    const used = all.filter(({count}) => count > 0);
    return used.sort((a, b) => b.count - a.count).slice(0, MOST);
  }

  function middles({names, of}) {
    const counts = new Uint32Array(names.length);
    const sums = drawn[3].map(() => new Float64Array(names.length));
    for (let i = 0; i < n; i++) {
      counts[of[i]]++;
      for (let k = 0; k < 3; k++) sums[k][of[i]] += drawn[3][k][i];
    }
    return largest(counts).map((group) => ({
      ...group,
      place: sums.map((sum) => sum[group.index] / group.count),
    }));
  }

  /** The middle of a group's tracks in and beside the cell that has most of them. */
  function peaks({names, of}) {
    const counts = new Uint32Array(names.length);
    for (let i = 0; i < n; i++) counts[of[i]]++;
    const [left, low] = boxes[2].ends.map(([least]) => least);
    const cell = Math.max(...boxes[2].extent) / CELLS || 1;
    const wide = CELLS + 3; // with a margin
    const cellOf = (i) =>
      (Math.floor((drawn[2][0][i] - left) / cell) + 1) * wide +
      Math.floor((drawn[2][1][i] - low) / cell) +
      1;
    const groupsFound = largest(counts);
    const at = new Map(groupsFound.map(({index}, k) => [index, k]));
    const cells = groupsFound.map(() => new Map());
    for (let i = 0; i < n; i++) {
      const k = at.get(of[i]);
      if (k !== undefined) add(cells[k], cellOf(i), drawn[2][0][i], drawn[2][1][i]);
    }
    return groupsFound.map((group, k) => ({...group, place: peak(cells[k], wide)}));
  }

  function add(cells, cell, x, y) {
    const sum = cells.get(cell);
    if (sum) {
      sum[0]++;
      sum[1] += x;
      sum[2] += y;
    } else cells.set(cell, [1, x, y]);
  }

  function peak(cells, wide) {
    const beside = [0, 1, -1].flatMap((dx) => [0, 1, -1].map((dy) => dx * wide + dy));
    let best = [0, 0, 0];
    for (const cell of cells.keys()) {
      const sum = [0, 0, 0];
      for (const step of beside) {
        const other = cells.get(cell + step);
        if (other) other.forEach((value, k) => (sum[k] += value));
      }
      if (sum[0] > best[0]) best = sum;
    }
    return [best[1] / best[0], best[2] / best[0]];
  }

  /** Put the names where they belong, each that finds room. */
  function place() {
    const taken = [];
    for (const {place: at, made, width, height} of shown) {
      const pixel = project(at);
      const up = state.view === 2 && n < MANY ? height + LIFT : height / 2;
      const box =
        pixel && isSeen(pixel) && within(pixel[0] - width / 2, pixel[1] - up, {width, height});
      const isFree = box && !taken.some((other) => overlap(box, other));
      made.hidden = !isFree;
      if (!isFree) continue;
      taken.push(box);
      made.style.transform = `translate(${Math.round(box[0])}px, ${Math.round(box[1])}px)`;
    }
  }

  function isSeen([x, y]) {
    return x >= 0 && y >= 0 && x <= size.width && y <= size.height;
  }

  /** A box there, or so far from there that all of it is on the map. */
  function within(x, y, {width, height}) {
    const left = Math.max(0, Math.min(x, size.width - width));
    return [left, Math.max(0, Math.min(y, size.height - height)), width, height];
  }

  function overlap([x, y, width, height], [left, top, wide, high]) {
    return (
      x < left + wide + GAP &&
      left < x + width + GAP &&
      y < top + high + GAP &&
      top < y + height + GAP
    );
  }

  return {show, place};
})();
