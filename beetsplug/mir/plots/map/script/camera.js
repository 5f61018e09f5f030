/* From where the map is seen: how places become pixels of it, in 2-D and in 3-D. */
const camera = (() => {
  const {byId, state} = page;
  const {n, drawn, hasPlane} = data;

  const FIELD = 3.2; // of the view in 3-D: cotangent of half its angle
  const AWAY = 3.4; // from the middle of the scene, in its radii
  const NEAREST = 0.02; // in radii
  const FARTHEST = 40;
  const STEEPEST = 1.55; // rad
  const SLOW = 0.008; // rad a pixel
  const MOST = 1e6; // times as large as the whole

  const map = byId('map');
  const boxes = {2: boxOf(drawn[2]), 3: boxOf(drawn[3])};
  const seen = {2: whole2d(), 3: whole3d()};
  const size = {width: 1, height: 1}; // of the map in pixels
  const flat = {x: new Float32Array(n), y: new Float32Array(n), depth: new Float32Array(n)};
  let isOld = true; // what is in `flat`

  /** The middle of places, how far they reach, and the radius of a ball around them. */
  function boxOf(places) {
    const ends = places.map((values) => {
      let [least, most] = [Infinity, -Infinity];
      for (const value of values) {
        if (value < least) least = value;
        if (value > most) most = value;
      }
      return n ? [least, most] : [0, 0];
    });
    const middle = ends.map(([least, most]) => (least + most) / 2);
    const extent = ends.map(([least, most]) => most - least);
    return {ends, middle, extent, radius: Math.hypot(...extent) / 2 || 1};
  }

  function whole2d() {
    const [x, y] = boxes[2].middle;
    return {x, y, zoom: 1};
  }

  function whole3d() {
    return {turn: Math.PI / 4, tilt: 0.44, away: AWAY, middle: [...boxes[3].middle]};
  }

  /** Take the size of the map from the page; whether it is another one. */
  function fit() {
    const {width, height} = map.getBoundingClientRect();
    if (size.width === width && size.height === height) return false;
    Object.assign(size, {width: Math.max(1, width), height: Math.max(1, height)});
    changed();
    return true;
  }

  function changed() {
    isOld = true;
  }

  /** Pixels for one unit of the plane: the whole fits, and near on the map is near. */
  function unit() {
    const margin = hasPlane ? 24 : 56; // for numbers at the axes
    const room = [size.width, size.height].map((length) => Math.max(length - 2 * margin, 20));
    const fitting = room.map((length, k) => length / (boxes[2].extent[k] || 1e-9));
    const whole = Math.min(...fitting);
    return seen[2].zoom * (boxes[2].extent.some(Boolean) ? whole : 1);
  }

  /** The matrix by columns that takes a place to WebGL's clip coordinates. */
  function matrix() {
    return state.view === 3 ? matrix3d() : matrix2d();
  }

  function matrix2d() {
    const {x, y} = seen[2];
    const [a, b] = [(2 * unit()) / size.width, (2 * unit()) / size.height];
    return [a, 0, 0, 0, 0, b, 0, 0, 0, 0, 0, 0, -a * x, -b * y, 0, 1];
  }

  /** The axes of the view in 3-D: to the right, up, and towards the eye. */
  function directions() {
    const {turn: around, tilt} = seen[3];
    const [c, s] = [Math.cos(around), Math.sin(around)];
    const [level, height] = [Math.cos(tilt), Math.sin(tilt)];
    return [
      [-s, c, 0],
      [-height * c, -height * s, level],
      [level * c, level * s, height],
    ];
  }

  function matrix3d() {
    const {away, middle} = seen[3];
    const {radius} = boxes[3];
    const [right, up, eye] = directions();
    const [near, far] = [NEAREST / 2, away + 4];
    const least = Math.min(size.width, size.height);
    const rows = [
      row(right, (FIELD * least) / size.width, 0),
      row(up, (FIELD * least) / size.height, 0),
      row(eye, -(far + near) / (far - near), depthOf(away, near, far)),
      row(eye, -1, away),
    ];
    return [0, 1, 2, 3].flatMap((column) => rows.map((values) => values[column]));

    function row(direction, scale, shift) {
      const turned = direction.map((part) => (part * scale) / radius);
      return [...turned, shift - turned.reduce((sum, part, k) => sum + part * middle[k], 0)];
    }
  }

  function depthOf(away, near, far) {
    return ((far + near) * away - 2 * far * near) / (far - near);
  }

  /** Where a place is in pixels of the map, and how far it is; null behind the eye. */
  function project(place) {
    const m = matrix();
    const [x, y, w] = [0, 1, 3].map(
      (k) => m[k] * place[0] + m[k + 4] * place[1] + m[k + 8] * (place[2] || 0) + m[k + 12],
    );
    if (w <= 0) return null;
    return [((x / w + 1) / 2) * size.width, ((1 - y / w) / 2) * size.height, w];
  }

  function placeOf(i) {
    return drawn[state.view].map((values) => values[i]);
  }

  /** Where all tracks are in pixels, {x, y, depth}; off the map what is behind the eye. */
  function projected() {
    if (!isOld) return flat;
    const m = matrix();
    const [xs, ys, zs = null] = drawn[state.view];
    const [halfWidth, halfHeight] = [size.width / 2, size.height / 2];
    for (let i = 0; i < n; i++) {
      const [x, y, z] = [xs[i], ys[i], zs === null ? 0 : zs[i]];
      const w = m[3] * x + m[7] * y + m[11] * z + m[15];
      flat.depth[i] = w;
      flat.x[i] = w > 0 ? ((m[0] * x + m[4] * y + m[8] * z + m[12]) / w + 1) * halfWidth : -1e9;
      flat.y[i] =
        w > 0 ? (1 - (m[1] * x + m[5] * y + m[9] * z + m[13]) / w) * halfHeight : -1e9;
    }
    isOld = false;
    return flat;
  }

  /** Move what is seen by so many pixels. */
  function pan(dx, dy) {
    changed();
    if (state.view === 2) {
      seen[2].x -= dx / unit();
      seen[2].y += dy / unit();
      return;
    }
    const {away, middle} = seen[3];
    const [right, up] = directions();
    const pixel = (2 * away * boxes[3].radius) / (FIELD * Math.min(size.width, size.height));
    middle.forEach((_, k) => {
      middle[k] += (up[k] * dy - right[k] * dx) * pixel;
    });
  }

  /** Turn the scene by so many pixels. */
  function turn(dx, dy) {
    changed();
    seen[3].turn -= dx * SLOW;
    seen[3].tilt = clamped(seen[3].tilt + dy * SLOW, -STEEPEST, STEEPEST);
  }

  /** Make all larger by a factor; in 2-D what is at a pixel stays there. */
  function zoom(factor, x = size.width / 2, y = size.height / 2) {
    changed();
    if (state.view === 3) {
      seen[3].away = clamped(seen[3].away / factor, NEAREST, FARTHEST);
      return;
    }
    const [dx, dy] = [x - size.width / 2, y - size.height / 2];
    pan(-dx, -dy);
    seen[2].zoom = clamped(seen[2].zoom * factor, 0.2, MOST);
    pan(dx, dy);
  }

  function clamped(value, least, most) {
    return Math.min(most, Math.max(least, value));
  }

  function showWhole() {
    changed();
    if (state.view === 3) seen[3] = whole3d();
    else seen[2] = whole2d();
  }

  /** Have a place in the middle of the plane. */
  function centre([x, y]) {
    changed();
    Object.assign(seen[2], {x, y});
  }

  /** How many times as large as the whole the map is. */
  function magnified() {
    return state.view === 3 ? AWAY / seen[3].away : seen[2].zoom;
  }

  return {
    ...{map, boxes, size, fit, changed, matrix, project, projected, placeOf, unit},
    ...{pan, turn, zoom, showWhole, centre, magnified},
    ...{seen: () => seen[state.view], away: () => seen[3].away},
  };
})();
