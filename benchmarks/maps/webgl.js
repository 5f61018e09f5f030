/* WebGL alone: the browser's own points; `thin` draws so many points. */
window.draw = ({x, y, rgb, thin}) => {
  const canvas = document.createElement('canvas');
  canvas.width = innerWidth;
  canvas.height = innerHeight;
  document.getElementById('map').append(canvas);
  const gl = canvas.getContext('webgl2', {antialias: false});
  const program = gl.createProgram();
  const shader = (kind, source) => {
    const made = gl.createShader(kind);
    gl.shaderSource(made, `#version 300 es\nprecision mediump float;\n${source}`);
    gl.compileShader(made);
    gl.attachShader(program, made);
  };
  shader(
    gl.VERTEX_SHADER,
    `layout(location = 0) in float x; layout(location = 1) in float y;
     layout(location = 2) in vec3 rgb; uniform vec3 seen; out vec3 colour;
     void main() { colour = rgb; gl_PointSize = 3.5;
       gl_Position = vec4((x - seen.x) * seen.y, y * seen.z, 0, 1); }`,
  );
  shader(
    gl.FRAGMENT_SHADER,
    `in vec3 colour; out vec4 drawn;
     void main() { if (length(gl_PointCoord - 0.5) > 0.5) discard; drawn = vec4(colour, 1); }`,
  );
  gl.linkProgram(program);
  gl.useProgram(program);
  [
    [x, 1, gl.FLOAT],
    [y, 1, gl.FLOAT],
    [rgb, 3, gl.UNSIGNED_BYTE],
  ].forEach(([values, size, kind], at) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, kind, kind === gl.UNSIGNED_BYTE, 0, 0);
  });
  const seen = gl.getUniformLocation(program, 'seen');
  const move = (shift) => {
    gl.uniform3f(seen, shift, canvas.height / canvas.width / 6, 1 / 6);
    gl.clearColor(1, 1, 1, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.drawArrays(gl.POINTS, 0, thin || x.length);
  };
  move(0);
  return move;
};
