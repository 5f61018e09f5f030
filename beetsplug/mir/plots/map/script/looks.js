/* How each track looks on the map: its colour, symbol, and above which others it lies. */
const looks = (() => {
  const {css, rgb, dark, state} = page;
  const {n, measures, scale, valuesOf} = data;
  const {HIDDEN, BELOW, NORMAL, ABOVE} = painter;

  const ALL = 255; // strength
  const DIMMED = 45;
  const LARGEST = 2.2; // times as large as on the whole map

  const layers = new Uint8Array(n);
  let ranges = {}; // of measures that were shown

  /** Give all tracks the looks of the present colouring and selection. */
  function dress() {
    const lookOf = groups.present() ? byGroups() : byMeasure(state.colour);
    const {selected} = state;
    painter.dress((i, into, at) => {
      lookOf(i, into, at);
      if (selected && into[at + 5] !== HIDDEN) {
        const isSelected = selected.has(i);
        into[at + 3] = isSelected ? ALL : DIMMED;
        into[at + 5] = isSelected ? ABOVE : BELOW;
      }
      layers[i] = into[at + 5];
    });
  }

  function byGroups() {
    const {list, of} = groups.shown();
    const styles = list.map((group) => {
      const layer = group.isNone ? BELOW : NORMAL;
      const look = [ALL, group.symbol, groups.isHidden(group) ? HIDDEN : layer];
      return [...rgb(group.colour), ...look];
    });
    return (i, into, at) => write(styles[of[i]], into, at);
  }

  function write(look, into, at) {
    for (let k = 0; k < 6; k++) into[at + k] = look[k];
  }

  function byMeasure(m) {
    const {values, least, most} = rangeOf(m);
    const colours = scale.map((colour) => rgb(colour));
    const last = colours.length - 1;
    return (i, into, at) => {
      const share = most > least ? (values[i] - least) / (most - least) : 0;
      const place = Math.min(1, Math.max(0, share)) * last;
      const from = Math.min(Math.floor(place), last - 1);
      for (let k = 0; k < 3; k++) {
        const [a, b] = [colours[from][k], colours[from + 1][k]];
        into[at + k] = a + (b - a) * (place - from);
      }
      into[at + 3] = ALL;
      into[at + 4] = 0;
      into[at + 5] = NORMAL;
    };
  }

  /** All but the outermost values of a measure, so that a few do not take all the colours. */
  function rangeOf(m) {
    if (ranges.m === m) return ranges;
    const values = valuesOf(m);
    const sorted = values.slice().sort();
    const at = (share) => sorted[Math.round(share * (n - 1))];
    const share = at(0.99) > at(0.01) ? 0.01 : 0; // of what only a few have, all
    ranges = {m, values, least: at(share), most: at(1 - share), ...measures[m]};
    return ranges;
  }

  /** Points grow a little as the map does. */
  function sizes() {
    const size = n > 20000 ? 3.5 : n > 5000 ? 4.5 : n > 500 ? 6.5 : 9;
    const grown = Math.min(LARGEST, Math.max(1, camera.magnified() ** 0.35));
    const pixels = state.view === 3 ? size * 0.9 : size * grown;
    const outline = pixels >= 4.5 && n <= 50000 ? (dark.matches ? 0.5 : 0.7) : 0;
    return {pixels, outline, back: rgb(css('--back'), 0)};
  }

  function isHidden(i) {
    return layers[i] === HIDDEN;
  }

  return {dress, sizes, rangeOf, isHidden, DIMMED};
})();
