/* The map itself: when it is drawn, and how while it moves. */
const drawing = (() => {
  const {byId, element, state} = page;
  const {n} = data;
  const {map, placeOf, project, size} = camera;

  const AT_REST = 160; // ms after the last movement
  const SLOW = 45; // ms a frame, from which fewer points are drawn while the map moves
  const QUICK = 25;
  const FEWEST = 4000;

  let underWay = 0; // draws
  let thinned = Math.min(n, 20000); // points that are drawn while the map moves
  let moving = false;
  let asked = false; // for a frame
  let before = 0; // when the last frame was
  let picked = null; // told of the group whose name on the map is clicked
  let rested = null; // what waits until the map is at rest

  /** Draw all anew: resolved when it is to be seen. What the panel tells is seen before. */
  async function draw() {
    stop();
    busy(1);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    camera.fit();
    camera.changed();
    looks.dress();
    key.show(draw);
    regions.show(picked);
    await whole();
    busy(-1);
  }

  /** Mark the chosen track and its nearest, above the points as they are. */
  async function mark() {
    busy(1);
    marks.place(moving);
    await new Promise(requestAnimationFrame);
    busy(-1);
  }

  /** Show all points, as they are dressed. */
  async function whole() {
    busy(1);
    await new Promise(requestAnimationFrame);
    if (!moving) paint(n);
    busy(-1);
  }

  function busy(more) {
    underWay += more;
    map.setAttribute('aria-busy', String(underWay > 0));
  }

  function paint(count) {
    painter.paint(state.view, count, looks.sizes());
    axes.place();
    marks.place(moving);
    regions.place();
    map.dataset.matrix = camera.matrix().join(' ');
  }

  /** Change what is seen, and show it: in part while it goes on, whole when it is at rest. */
  function move(change) {
    change();
    if (!moving) {
      moving = true;
      before = 0;
      map.classList.add('moving');
      busy(1);
    }
    clearTimeout(rested);
    rested = setTimeout(rest, AT_REST);
    if (asked) return;
    asked = true;
    requestAnimationFrame(frame);
  }

  function frame(now) {
    asked = false;
    if (!moving) return;
    const took = now - before;
    if (before && took > SLOW) thinned = Math.max(Math.min(n, FEWEST), thinned * 0.8);
    if (before && took < QUICK) thinned = Math.min(n, thinned * 1.1);
    before = now;
    paint(Math.round(thinned));
  }

  function stop() {
    clearTimeout(rested);
    if (!moving) return;
    moving = false;
    map.classList.remove('moving');
    busy(-1);
  }

  function rest() {
    stop();
    return whole();
  }

  /** Make all larger by a factor, or show the whole. */
  function zoom(factor) {
    camera.zoom(factor);
    return whole();
  }

  function showWhole() {
    camera.showWhole();
    return whole();
  }

  /** Move the map if a track that is not clicked on lies outside of what is seen. */
  async function bringIntoView(i) {
    if (state.view === 3) return;
    const [x, y] = project(placeOf(i));
    if (isOnMap(x, y)) return;
    camera.centre(placeOf(i));
    await whole();
  }

  /** Make ready to draw, and follow the size of the page. */
  function begin(pick) {
    picked = pick;
    const begun = painter.begin();
    if (!begun) {
      const text = 'This browser gives the page no WebGL 2, by which points are drawn.';
      byId('regions').before(element('p', text, 'missing'));
    }
    painter.canvas.addEventListener('webglcontextrestored', () => {
      painter.begin();
      draw();
    });
    new ResizeObserver(() => {
      if (camera.fit()) whole();
    }).observe(map);
    map.dataset.drawn = String(begun);
  }

  /** Where a track is in the window, {x, y} in pixels; null in 3-D and if it is not seen. */
  function seenAt(i) {
    if (state.view === 3) return null;
    const [x, y] = project(placeOf(i));
    const {left, top} = map.getBoundingClientRect();
    return isOnMap(x, y) ? {x: left + x, y: top + y} : null;
  }

  function isOnMap(x, y) {
    return x >= 0 && y >= 0 && x <= size.width && y <= size.height;
  }

  return {map, draw, mark, move, zoom, showWhole, bringIntoView, seenAt, begin};
})();
