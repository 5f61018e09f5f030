/* plotly: one scattergl trace, its ranges moved; `thin` draws so many points. */
window.draw = async ({x, y, colours, thin}) => {
  const map = document.getElementById('map');
  const n = thin || x.length;
  const first = (values) => values.slice(0, n);
  const marker = {size: 3.5, color: [...colours].slice(0, n), colorscale: 'Viridis'};
  const trace = {type: 'scattergl', mode: 'markers', x: first(x), y: first(y), marker};
  const axis = () => ({visible: false, range: [-6, 6]});
  const layout = {
    xaxis: axis(),
    yaxis: axis(),
    margin: {l: 0, r: 0, t: 0, b: 0},
    dragmode: 'pan',
  };
  await Plotly.newPlot(map, [trace], layout);
  return (shift) => Plotly.relayout(map, {'xaxis.range': [shift - 6, shift + 6]});
};
