/* What lies above the points: playlists as lines, rings around the chosen track and its
   nearest, and the outline that selects. */
const marks = (() => {
  const {byId, state} = page;
  const {lines} = data;
  const {project, placeOf} = camera;
  const {drawnAs} = symbols;

  // Lines, whose colours are none of the points'.
  const COLOURS = ['--line-1', '--line-2'];
  const DASHES = {solid: 'none', dashed: '9 6', dotted: '2.5 4'};
  const MOST_MOVING = 2000; // tracks of a line that moves with the map
  const NAMES = Object.keys(DASHES);

  /** How a playlist's line looks: its colour as a property of the style, and its dashes. */
  function lookOf(number) {
    const colour = COLOURS[number % COLOURS.length];
    const dash = NAMES[Math.floor(number / COLOURS.length) % NAMES.length];
    return {colour, dash};
  }

  /** Put all where it belongs; while the map moves, without very long lines. */
  function place(moving) {
    const shown = lines.map(({tracks}, number) =>
      state.hiddenLines.has(number) || (moving && tracks.length > MOST_MOVING)
        ? []
        : lineThrough(tracks, number),
    );
    byId('marks').replaceChildren(...shown.flat(), ...rings());
  }

  /** Pixels of tracks; what is behind the eye is left out. */
  function pixels(tracks) {
    return tracks.map((i) => project(placeOf(i))).filter(Boolean);
  }

  /** A playlist as a line from a circle to a square, with what sets it off the points. */
  function lineThrough(tracks, number) {
    const {colour, dash} = lookOf(number);
    const at = pixels(tracks);
    if (!at.length) return [];
    const points = at.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
    const [first, last] = [at[0], at[at.length - 1]];
    const group = drawnAs('g', {class: 'walk', 'data-line': number});
    group.style.setProperty('--walk', `var(${colour})`);
    group.append(
      drawnAs('polyline', {points, class: 'halo'}),
      drawnAs('polyline', {points, class: 'way', 'stroke-dasharray': DASHES[dash]}),
      ...at.slice(1, -1).map(([cx, cy]) => drawnAs('circle', {cx, cy, r: 2.8})),
      drawnAs('circle', {cx: first[0], cy: first[1], r: 7.5, class: 'first'}),
    );
    if (at.length > 1) {
      const [x, y] = [last[0] - 6.5, last[1] - 6.5];
      group.append(drawnAs('rect', {x, y, width: 13, height: 13, class: 'last'}));
    }
    return [group];
  }

  /** Rings around the chosen track and its neighbours, and lines between them. */
  function rings() {
    const {chosen, near} = state;
    const middle = chosen < 0 ? null : project(placeOf(chosen));
    if (!middle) return [];
    const others = pixels(near.map(([, i]) => i));
    const [cx, cy] = middle;
    return [
      ...others.map(([x2, y2]) => drawnAs('line', {x1: cx, y1: cy, x2, y2})),
      ...others.map(([x, y]) => drawnAs('circle', {cx: x, cy: y, r: 5.5, class: 'near'})),
      drawnAs('circle', {cx, cy, r: 9.5, class: 'chosen'}),
    ];
  }

  /** Show the outline of what is being selected; null for none. */
  function outline(corners) {
    const points = (corners || []).map((corner) => corner.join()).join(' ');
    byId('outline').setAttribute('points', points);
  }

  return {lookOf, place, outline};
})();
