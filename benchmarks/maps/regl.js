/* regl-scatterplot: its camera moved; `thin` draws so many points. */
window.draw = async ({x, y, colours, palette, thin}) => {
  const canvas = document.createElement('canvas');
  document.getElementById('map').append(canvas);
  const {createScatterplot} = reglScatterplot;
  const plot = createScatterplot({
    canvas,
    width: innerWidth,
    height: innerHeight,
    pointSize: 3.5,
    colorBy: 'valueA',
    pointColor: palette,
  });
  const n = thin || x.length;
  const scaled = (values) => values.slice(0, n).map((value) => value / 6);
  await plot.draw(
    {x: scaled(x), y: scaled(y), z: colours.slice(0, n)},
    {zDataType: 'categorical'},
  );
  return (shift) => {
    const seen = new Float32Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -shift / 6, 0, 0, 1]);
    plot.view(seen);
  };
};
