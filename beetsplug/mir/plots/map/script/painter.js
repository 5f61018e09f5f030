/* The points, drawn by WebGL. They lie in an order of chance, so that the first of them are a
   fair part of all: so many are drawn while the map moves. */
const painter = (() => {
  const {n, drawn} = data;
  const {map, size} = camera;

  const HIDDEN = 0; // layers, from below: a point is seen above all of lower ones
  const BELOW = 1;
  const NORMAL = 2;
  const ABOVE = 3;
  const PLAIN = 5; // pixels below which all symbols are circles, which none can tell apart

  const VERTEX = `#version 300 es
    layout(location = 0) in float x;
    layout(location = 1) in float y;
    layout(location = 2) in float z;
    layout(location = 3) in vec4 colour;
    layout(location = 4) in vec2 look; // symbol, layer
    uniform mat4 matrix;
    uniform float pixels; // of a point
    uniform float outline; // pixels
    uniform float away; // of the eye from the middle of the scene; 0 in 2-D
    uniform float ratio; // of pixels of the screen to those of the page
    flat out vec4 shade;
    flat out int symbol;
    flat out vec2 extent; // of the point, of its square
    void main() {
      gl_Position = matrix * vec4(x, y, z, 1);
      float near = away > 0. ? clamp(away / gl_Position.w, .6, 2.5) : 1.;
      float size = pixels * near * (away > 0. && look.y == 3. ? 1.6 : 1.);
      float fog = away > 0. ? clamp((gl_Position.w - away) * .35 + .2, 0., .55) : 0.;
      if (away == 0.) gl_Position.z = (1.5 - look.y) * .5 * gl_Position.w;
      if (look.y == 0.) gl_Position = vec4(2, 2, 2, 1);
      symbol = size < ${PLAIN}. ? 0 : int(look.x);
      extent = ratio * vec2(size, size * (symbol < 2 ? 1. : 1.35) + 1. + 2. * outline);
      gl_PointSize = extent.y;
      shade = vec4(colour.rgb, fog);
      if (colour.a < 1.) shade.a = 1. - colour.a;
    }`;
  const FRAGMENT = `#version 300 es
    precision highp float;
    flat in vec4 shade;
    flat in int symbol;
    flat in vec2 extent;
    uniform vec3 back;
    uniform float outline;
    uniform float ratio;
    out vec4 drawn;
    float outside(vec2 at, float r) { // pixels from the edge of the symbol
      if (symbol == 1) return max(abs(at.x), abs(at.y)) - .89 * r;
      if (symbol == 2) return (abs(at.x) + abs(at.y)) * .707 - .89 * r;
      if (symbol == 3) return max(abs(at.x) * .866 + at.y * -.5, at.y) - .66 * r;
      if (symbol == 4) return max(abs(at.x) * .866 + at.y * .5, -at.y) - .66 * r;
      return length(at) - r;
    }
    void main() {
      float edge = outside((gl_PointCoord - .5) * extent.y, extent.x / 2.);
      float alpha = clamp(.5 + outline * ratio - edge, 0., 1.);
      if (alpha < .1) discard;
      vec3 within = mix(shade.rgb, back, shade.a);
      drawn = vec4(mix(back, within, clamp(.5 - edge, 0., 1.)) * alpha, alpha);
      if (outline == 0.) drawn = vec4(within * alpha, alpha);
    }`;

  const canvas = document.createElement('canvas');
  const order = shuffled(); // of the tracks
  const looks = new Uint8Array(6 * n); // for each: red, green, blue, strength, symbol, layer
  let gl = null;
  let uniforms = {};
  let buffers = {};
  let placed = 0; // the view whose places are in the buffers
  let above = 0; // points

  /** The tracks at random, but the same at each time (by xorshift). */
  function shuffled() {
    const found = Uint32Array.from({length: n}, (_, i) => i);
    let seed = 2463534242;
    for (let i = n - 1; i > 0; i--) {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      const j = (seed >>> 0) % (i + 1);
      [found[i], found[j]] = [found[j], found[i]];
    }
    return found;
  }

  /** Make ready to draw; whether the browser can. */
  function begin() {
    gl = canvas.getContext('webgl2', {antialias: false, preserveDrawingBuffer: true});
    if (!gl) return false;
    const program = gl.createProgram();
    attach(program, gl.VERTEX_SHADER, VERTEX);
    attach(program, gl.FRAGMENT_SHADER, FRAGMENT);
    gl.linkProgram(program);
    gl.useProgram(program);
    const names = ['matrix', 'pixels', 'outline', 'away', 'ratio', 'back'];
    uniforms = Object.fromEntries(
      names.map((name) => [name, gl.getUniformLocation(program, name)]),
    );
    const made = ['x', 'y', 'z', 'looks', 'above'].map((name) => [name, gl.createBuffer()]);
    buffers = Object.fromEntries(made);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA); // premultiplied
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    placed = 0;
    return true;
  }

  function attach(program, kind, source) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }

  /** Have the places of the present view. */
  function place(view) {
    if (placed === view) return;
    placed = view;
    const values = new Float32Array(n);
    ['x', 'y', 'z'].forEach((name, at) => {
      const coordinates = drawn[view][at];
      for (let k = 0; k < n; k++) values[k] = coordinates ? coordinates[order[k]] : 0;
      fill(gl.ARRAY_BUFFER, buffers[name], values);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, 1, gl.FLOAT, false, 0, 0);
    });
  }

  function fill(target, buffer, values) {
    gl.bindBuffer(target, buffer);
    gl.bufferData(target, values, gl.STATIC_DRAW);
  }

  /** Give each track its look: lookOf writes red, green, blue, strength, symbol, layer. */
  function dress(lookOf) {
    const ups = [];
    for (let k = 0; k < n; k++) {
      lookOf(order[k], looks, 6 * k);
      if (looks[6 * k + 5] === ABOVE) ups.push(k);
    }
    if (!gl) return;
    fill(gl.ARRAY_BUFFER, buffers.looks, looks);
    gl.enableVertexAttribArray(3);
    gl.vertexAttribPointer(3, 4, gl.UNSIGNED_BYTE, true, 6, 0);
    gl.enableVertexAttribArray(4);
    gl.vertexAttribPointer(4, 2, gl.UNSIGNED_BYTE, false, 6, 4);
    above = ups.length;
    fill(gl.ELEMENT_ARRAY_BUFFER, buffers.above, Uint32Array.from(ups));
  }

  /** Draw the first points, and those above all that are not among them. */
  function paint(view, count, {pixels, outline, back}) {
    if (!gl || gl.isContextLost()) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const [width, height] = [size.width, size.height].map((each) => Math.round(each * ratio));
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, {width, height});
    }
    place(view);
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.uniformMatrix4fv(uniforms.matrix, false, camera.matrix());
    gl.uniform1f(uniforms.pixels, pixels);
    gl.uniform1f(uniforms.outline, outline);
    gl.uniform1f(uniforms.ratio, ratio);
    gl.uniform1f(uniforms.away, view === 3 ? camera.away() : 0);
    gl.uniform3f(uniforms.back, ...back.map((part) => part / 255));
    gl.drawArrays(gl.POINTS, 0, count);
    const more = count < n ? Math.min(above, count) : 0;
    if (more) gl.drawElements(gl.POINTS, more, gl.UNSIGNED_INT, 0);
  }

  function isHidden(k) {
    return looks[6 * k + 5] === HIDDEN;
  }

  canvas.setAttribute('aria-hidden', 'true');
  canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
  map.prepend(canvas);

  return {HIDDEN, BELOW, NORMAL, ABOVE, canvas, order, begin, dress, paint, isHidden};
})();
