/* The pointer on the map: moving and turning it, the tip beside a track, clicks, lasso, box. */
const pointer = (() => {
  const {byId, element, state} = page;
  const {n, titleOf, artistOf, genreOf, clusterOf} = data;
  const {move} = drawing;
  const {map, projected} = camera;

  const TURNED = 5; // pixels from which a press has moved the map and was no click
  const REACH = 9; // pixels from a track
  const WHEEL = 0.0015; // of the exponent of a zoom, for a pixel of the wheel

  const down = new Map(); // pointers that are pressed, with where they are
  let moved = 0; // pixels, since the first was pressed
  let drag = null; // corners of a lasso or box; null for none

  function at({clientX, clientY}) {
    const {left, top} = map.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  /** The track below a pixel: the nearest, in 3-D of several that which is before them. */
  function trackAt([x, y]) {
    const {x: xs, y: ys, depth} = projected();
    let [best, least] = [-1, Infinity];
    for (let i = 0; i < n; i++) {
      const [dx, dy] = [xs[i] - x, ys[i] - y];
      if (dx > REACH || dx < -REACH || dy > REACH || dy < -REACH) continue;
      const far = dx * dx + dy * dy;
      if (far > REACH * REACH || looks.isHidden(i)) continue;
      const cost = state.view === 3 ? Math.max(far, 9) * depth[i] ** 2 : far;
      if (cost < least) [best, least] = [i, cost];
    }
    return best;
  }

  function showTip(event) {
    const i = trackAt(at(event));
    map.classList.toggle('over', i >= 0);
    if (i < 0) return hideTip();
    const cluster = clusterOf(i) && `cluster ${clusterOf(i)}`;
    const texts = [titleOf(i), artistOf(i), genreOf(i), cluster].filter(Boolean);
    const tip = byId('tip');
    tip.replaceChildren(...texts.map((text) => element('div', text)));
    tip.hidden = false;
    const {width, height} = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, window.innerWidth - width - 4);
    const below = event.clientY + 14 + height <= window.innerHeight;
    const top = below ? event.clientY + 14 : event.clientY - height - 10;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${Math.max(4, top)}px`;
  }

  function hideTip() {
    byId('tip').hidden = true;
  }

  function press(event) {
    if (!down.size) moved = 0;
    down.set(event.pointerId, at(event));
    const selects = state.view === 2 && state.drag !== 'pan' && event.button === 0;
    drag = selects && down.size === 1 && !event.shiftKey ? [at(event)] : null;
    marks.outline(null);
  }

  function follow(event) {
    const last = down.get(event.pointerId);
    if (!last) {
      if (event.pointerType === 'mouse') showTip(event);
      return;
    }
    const now = at(event);
    const [dx, dy] = [now[0] - last[0], now[1] - last[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    if (moved <= TURNED) return;
    if (!map.hasPointerCapture(event.pointerId)) map.setPointerCapture(event.pointerId);
    hideTip();
    down.set(event.pointerId, now);
    if (drag) return outline(now);
    if (down.size === 2) return pinch(event.pointerId, last, now);
    const aside = event.shiftKey || event.buttons === 2;
    const turns = state.view === 3 && !aside;
    move(() => (turns ? camera.turn(dx, dy) : camera.pan(dx, dy)));
  }

  function isOnMap({target}) {
    return target === painter.canvas || target === map;
  }

  /** Two fingers: the map follows both. */
  function pinch(id, last, now) {
    const [, other] = [...down].find(([each]) => each !== id);
    const far = (place) => Math.hypot(place[0] - other[0], place[1] - other[1]) || 1;
    const [x, y] = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
    move(() => {
      camera.zoom(far(now) / far(last), x, y);
      camera.pan((now[0] - last[0]) / 2, (now[1] - last[1]) / 2);
    });
  }

  function release(event) {
    if (!down.delete(event.pointerId)) return;
    const corners = drag;
    drag = null;
    marks.outline(null);
    if (event.type === 'pointercancel') return;
    if (moved > TURNED) {
      if (corners) select(corners.length === 2 ? boxed(corners) : corners);
      return;
    }
    if (event.button !== 0 || !isOnMap(event)) return;
    const i = trackAt(at(event));
    if (i >= 0) panel.choose(i);
  }

  function outline(now) {
    if (state.drag === 'lasso') drag.push(now);
    else drag = [drag[0], now];
    marks.outline(state.drag === 'lasso' ? drag : boxed(drag));
  }

  function boxed([[x1, y1], [x2, y2]]) {
    return [
      [x1, y1],
      [x2, y1],
      [x2, y2],
      [x1, y2],
    ];
  }

  /** Select the tracks within an outline. */
  function select(corners) {
    const {x: xs, y: ys} = projected();
    const [left, right] = reach(corners.map(([x]) => x));
    const [top, bottom] = reach(corners.map(([, y]) => y));
    const within = [];
    for (let i = 0; i < n; i++) {
      const [x, y] = [xs[i], ys[i]];
      if (x < left || x > right || y < top || y > bottom || looks.isHidden(i)) continue;
      if (isWithin(x, y, corners)) within.push(i);
    }
    return selection.select(within);
  }

  function reach(values) {
    return [Math.min(...values), Math.max(...values)];
  }

  /** Whether a line from a place to the right crosses the outline an odd number of times. */
  function isWithin(x, y, corners) {
    let inside = false;
    for (let k = 0, before = corners.length - 1; k < corners.length; before = k++) {
      const [[x1, y1], [x2, y2]] = [corners[k], corners[before]];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
    return inside;
  }

  function turnWheel(event) {
    event.preventDefault();
    hideTip();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const factor = Math.exp(-Math.min(400, Math.max(-400, pixels)) * WHEEL);
    move(() => camera.zoom(factor, ...at(event)));
  }

  function listen() {
    const events = {
      pointerdown: press,
      pointermove: follow,
      pointerup: release,
      pointercancel: release,
      pointerleave: hideTip,
    };
    for (const [name, action] of Object.entries(events)) map.addEventListener(name, action);
    map.addEventListener('wheel', turnWheel, {passive: false});
    map.addEventListener('contextmenu', (event) => event.preventDefault());
    // A name on which the map was moved is not clicked on.
    const stopClick = (event) => moved > TURNED && event.detail && event.stopPropagation();
    byId('regions').addEventListener('click', stopClick, true);
  }

  return {hideTip, listen};
})();
