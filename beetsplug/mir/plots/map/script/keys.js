/* The keyboard: on the map from track to track, and everywhere one step back. */
const keys = (() => {
  const {byId, say, state} = page;
  const {n, drawn, titleOf, artistOf, genreOf, clusterOf} = data;
  const {map, bringIntoView, seenAt, zoom, showWhole} = drawing;

  const DIRECTIONS = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, 1],
    ArrowDown: [0, -1],
  };
  const LARGER = 1 / 0.7; // at each step
  const ASIDE = 2; // what is off the direction counts as so much farther

  let cursor = -1; // the track that Enter would choose

  function onMap(event) {
    if (event.target !== map || event.ctrlKey || event.altKey || event.metaKey) return;
    const action = DIRECTIONS[event.key]
      ? () => goOn(DIRECTIONS[event.key])
      : {
          Enter: () => cursor >= 0 && panel.choose(cursor),
          '+': () => zoomed(zoom(LARGER)),
          '=': () => zoomed(zoom(LARGER)), // the same key, without Shift
          '-': () => zoomed(zoom(1 / LARGER)),
          0: () => zoomed(showWhole()),
        }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  async function zoomed(work) {
    await work;
    mark();
  }

  async function goOn(direction) {
    const next =
      cursor < 0 ? first() : state.view === 2 ? beside(direction) : nextOf(direction);
    if (next < 0) return;
    cursor = next;
    say(described(cursor));
    await bringIntoView(cursor);
    mark();
  }

  function described(i) {
    const cluster = clusterOf(i) && `cluster ${clusterOf(i)}`;
    return [titleOf(i), artistOf(i), genreOf(i), cluster].filter(Boolean).join(', ');
  }

  /** Where the way begins: at the chosen track, or in the middle of all. */
  function first() {
    if (state.chosen >= 0) return state.chosen;
    const middle = drawn[state.view].map((values) => values.reduce((a, b) => a + b, 0) / n);
    return least((i) => Math.hypot(...middle.map((at, k) => drawn[state.view][k][i] - at)));
  }

  /** The nearest track in a direction of the plane; -1 if it is the last one there. */
  function beside([right, up]) {
    const [x, y] = drawn[2];
    return least((i) => {
      const across = x[i] - x[cursor];
      const along = y[i] - y[cursor];
      const forth = across * right + along * up;
      const off = Math.abs(across * up + along * right);
      return forth > 0 && off <= forth ? forth + ASIDE * off : Infinity;
    });
  }

  /** In 3-D, where a direction means nothing: the next or last of the chosen one's nearest. */
  function nextOf([right, up]) {
    const around = state.chosen < 0 ? [] : [state.chosen, ...state.near.map(([, i]) => i)];
    const at = around.indexOf(cursor) + (right - up);
    return around[at] ?? -1;
  }

  /** The track of which a measure is least and finite; -1 if there is none. */
  function least(measure) {
    let found = -1;
    let lowest = Infinity;
    for (let i = 0; i < n; i++) {
      const value = measure(i);
      if (value < lowest) [found, lowest] = [i, value];
    }
    return found;
  }

  /** A ring around the track, with its title; in 3-D only that, below the middle. */
  function mark() {
    const mayBe = cursor >= 0 && document.activeElement === map;
    const place = mayBe && (state.view === 3 ? belowAll() : seenAt(cursor));
    const ring = byId('cursor');
    ring.hidden = !place;
    if (!place) return;
    ring.style.left = `${place.x}px`;
    ring.style.top = `${place.y}px`;
    ring.className = state.view === 3 ? 'loose' : place.x > window.innerWidth / 2 ? 'left' : '';
    ring.firstChild.textContent = titleOf(cursor);
  }

  function belowAll() {
    const {left, width, bottom} = map.getBoundingClientRect();
    return {x: left + width / 2, y: bottom - 30};
  }

  function unmark() {
    byId('cursor').hidden = true;
  }

  /** From the track back to the selection, and from there to the library. */
  function back() {
    if (state.chosen >= 0) return panel.forget();
    if (state.selected) return selection.select(null);
    return null;
  }

  function listen() {
    map.addEventListener('keydown', onMap);
    map.addEventListener('blur', unmark);
    for (const event of ['pointerdown', 'wheel']) map.addEventListener(event, unmark, true);
    window.addEventListener('resize', unmark);
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented) back();
    });
    panel.whenChosen(() => {
      cursor = state.chosen;
      unmark();
    });
  }

  return {listen};
})();
