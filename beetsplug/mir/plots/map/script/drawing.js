/* The map itself: what plotly draws, and what part of it is seen. */
const drawing = (() => {
  const {byId, css, isNarrow, state} = page;
  const {axes, hasPlane, drawn} = data;
  const {groupsShown} = groups;
  const {plain, traceOf, lineTraces, marks} = traces;

  const VIEWPOINT = {x: 1.5, y: 1.5, z: 1}; // for plotly copies, which it may change
  const CONFIG = {
    displayModeBar: false,
    scrollZoom: true,
    responsive: true,
    doubleClick: false,
  };

  const map = byId('map');
  let underWay = 0; // draws
  let begun = 0; // draws
  let members = []; // for each of plotly's traces, the tracks in it

  async function draw() {
    const parts = [
      ...groupsShown().map((group) => [traceOf(group), group.tracks]),
      ...data.lines.flatMap(({tracks}, number) =>
        lineTraces(tracks, number).map((trace) => [trace, tracks]),
      ),
      [marks(), null],
    ];
    members = parts.map(([, tracks]) => tracks);
    const figures = parts.map(([trace]) => trace);
    await busy(() => Plotly.react(map, figures, layout(), CONFIG));
  }

  /** Draw, and tell that the map is being drawn until it is. */
  async function busy(work) {
    underWay++;
    map.setAttribute('aria-busy', 'true');
    try {
      await work();
    } finally {
      underWay--;
      map.setAttribute('aria-busy', String(underWay > 0));
    }
  }

  function isBusy() {
    return underWay > 0;
  }

  /** The track that is one of the points of plotly's events; -1 if none is. */
  function trackAt(point) {
    const tracks = point && members[point.curveNumber];
    return tracks ? tracks[point.pointNumber] : -1;
  }

  function layout() {
    const narrow = isNarrow();
    const common = {
      autosize: true,
      uirevision: 'map',
      paper_bgcolor: css('--back'),
      plot_bgcolor: css('--back'),
      font: {
        family: getComputedStyle(document.body).fontFamily,
        color: css('--text'),
        size: 12,
      },
      hovermode: 'closest',
      showlegend: state.legend && typeof state.colour === 'string',
      legend: {
        uirevision: `${state.colour}`,
        itemsizing: 'constant',
        font: {size: narrow ? 10 : 12},
        bgcolor: 'rgba(0,0,0,0)',
        ...(narrow ? {orientation: 'h', x: 0, y: -0.2, yanchor: 'top'} : {}),
      },
    };
    return {...common, ...(state.view === 3 ? in3d() : in2d(narrow))};
  }

  function in2d(narrow) {
    return {
      margin: hasPlane
        ? {l: 10, r: 10, t: 10, b: 10}
        : {l: narrow ? 40 : 55, r: 10, t: 10, b: 45},
      dragmode: state.drag,
      xaxis: flatAxis(0),
      yaxis: {...flatAxis(1), scaleanchor: 'x'}, // near on the map is near
      newselection: {line: {color: css('--text'), width: 1, dash: 'dot'}},
      // No outline stays: the points show what is selected, by whatever means.
      selections: [],
      selectionrevision: ++begun,
    };
  }

  function in3d() {
    const [xaxis, yaxis, zaxis] = [0, 1, 2].map(axis);
    // By its uirevision plotly would go back to the camera of the last turn before a zoom.
    const camera = map.layout?.scene?.camera ?? {eye: {...VIEWPOINT}};
    const scene = {xaxis, yaxis, zaxis, aspectmode: 'data', camera, uirevision: false};
    return {margin: {l: 0, r: 0, t: 0, b: 0}, scene};
  }

  /** On a plane of neighbours neither numbers nor directions mean anything. */
  function flatAxis(index) {
    return hasPlane ? {visible: false} : axis(index);
  }

  function axis(index) {
    const text = axes[index] || '';
    // In 3-D plotly reads tags but no entities.
    const title = state.view === 2 ? plain(text) : text.replace(/</g, '‹').replace(/>/g, '›');
    return {
      title: {text: title},
      gridcolor: css('--grid'),
      zeroline: false,
      linecolor: css('--line'),
      color: css('--quiet'),
      backgroundcolor: css('--back'),
    };
  }

  function relayout(change) {
    return busy(() => Plotly.relayout(map, change));
  }

  /** Move the map if a track that is not clicked on lies outside of what is seen. */
  async function bringIntoView(i) {
    if (state.view === 3) return;
    const change = {};
    ['xaxis', 'yaxis'].forEach((name, k) => {
      const [from, to] = map.layout[name].range;
      const at = drawn[2][k][i];
      if (at < from || at > to) {
        change[`${name}.range`] = [at - (to - from) / 2, at + (to - from) / 2];
      }
    });
    if (Object.keys(change).length) await relayout(change);
  }

  /** Where a track is in the window, {x, y} in pixels; null in 3-D and if it is not seen. */
  function seenAt(i) {
    if (state.view === 3) return null;
    const {left, top, width, height} = map.querySelector('.nsewdrag').getBoundingClientRect();
    const [x, y] = ['xaxis', 'yaxis'].map((name, k) => {
      const [from, to] = map.layout[name].range;
      return (drawn[2][k][i] - from) / (to - from);
    });
    const isSeen = [x, y].every((share) => share >= 0 && share <= 1);
    return isSeen ? {x: left + x * width, y: top + (1 - y) * height} : null;
  }

  function zoom(factor) {
    const change = {};
    if (state.view === 3) {
      const {x, y, z} = map.layout.scene.camera.eye;
      change['scene.camera.eye'] = {x: x * factor, y: y * factor, z: z * factor};
      return relayout(change);
    }
    for (const name of ['xaxis', 'yaxis']) {
      const [from, to] = map.layout[name].range;
      const half = ((to - from) / 2) * factor;
      change[`${name}.range`] = [(from + to) / 2 - half, (from + to) / 2 + half];
    }
    return relayout(change);
  }

  function showWhole() {
    if (state.view === 3) return relayout({'scene.camera.eye': {...VIEWPOINT}});
    return relayout({'xaxis.autorange': true, 'yaxis.autorange': true});
  }

  return {map, draw, isBusy, trackAt, bringIntoView, seenAt, zoom, showWhole};
})();
