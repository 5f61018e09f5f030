/* Tracks as plotly's traces: a group's points, and the marks of the chosen track.
   Plotly reads <b> and the like, so all text for it goes through `plain`. */
const traces = (() => {
  const {css, onPage, state} = page;
  const {n, measures, scale, drawn, valuesOf, lines} = data;

  const LONGEST_NAME = 28; // in the legend
  // For the figures' markers; 3-D has no triangles.
  const SYMBOLS = {
    2: ['circle', 'square', 'diamond', 'triangle-up', 'triangle-down'],
    3: ['circle', 'square', 'diamond', 'cross', 'diamond-open'],
  };

  // Lines, whose colours are none of the points'.
  const COLOURS = ['--line-1', '--line-2'];
  const DASHES = ['solid', 'dash', 'dot'];

  /** Text for plotly, which would take tags and entities for markup; long text is cut. */
  function plain(text, most = 80) {
    const characters = Array.from(text);
    const short =
      characters.length > most ? characters.slice(0, most - 1).join('') + '…' : text;
    return short.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  }

  /** The points of a group. */
  function traceOf(group) {
    const flat = state.view === 2;
    const size = n > 20000 ? 3.5 : n > 5000 ? 4.5 : n > 500 ? 6.5 : 9;
    const outlined = n <= 5000 && flat;
    const trace = {
      type: flat ? 'scattergl' : 'scatter3d',
      mode: 'markers',
      hoverinfo: 'none',
      name: `${plain(group.name, LONGEST_NAME)} (${group.tracks.length})`,
      legendrank: group.rank,
      ...places(group.tracks),
      marker: {
        color: group.colour,
        symbol: symbolOf(group),
        size: flat ? size : size * 0.5,
        opacity: opacity(),
        line: {width: outlined ? 0.7 : 0, color: css('--back')},
      },
    };
    if (group.colour === undefined) Object.assign(trace.marker, coloursBy(state.colour));
    if (state.selected) showSelection(trace, group.tracks);
    return trace;
  }

  /** In 3-D points that are before a line let it be seen. */
  function opacity() {
    if (state.view === 3 && state.hiddenLines.size < lines.length) return 0.4;
    return n > 20000 ? 0.75 : 0.9;
  }

  function places(tracks) {
    const of = (values) => Float32Array.from(tracks, (i) => values[i]);
    const [x, y, z] = drawn[state.view].map(of);
    return state.view === 3 ? {x, y, z} : {x, y};
  }

  function symbolOf(group) {
    // So small that their shapes are not seen, circles are drawn much faster.
    return n > 20000 && state.view === 2 ? 'circle' : SYMBOLS[state.view][group.symbol % 5];
  }

  /** Viridis over all but the outermost values, so that a few do not take all the colours. */
  function coloursBy(m) {
    const {name, unit} = measures[m];
    const values = valuesOf(m);
    const sorted = values.slice().sort();
    const at = (share) => sorted[Math.round(share * (n - 1))];
    const most = at(0.99) > at(0.01) ? 0.01 : 0; // of what only a few have, all
    return {
      color: values,
      colorscale: scale.map((colour, k) => [k / (scale.length - 1), onPage(colour)]),
      cmin: at(most),
      cmax: at(1 - most),
      showscale: true,
      colorbar: {
        title: {text: plain(unit ? `${name} (${unit})` : name), side: 'right'},
        thickness: 14,
        outlinewidth: 0,
      },
    };
  }

  function showSelection(trace, tracks) {
    const chosen = state.selected;
    if (state.view === 2) {
      const ats = tracks.map((i, at) => (chosen.has(i) ? at : -1));
      trace.selectedpoints = ats.filter((at) => at >= 0);
      trace.unselected = {marker: {opacity: 0.15}};
    } else {
      // 3-D knows no selection: the selected points are larger.
      const {size} = trace.marker;
      trace.marker.size = tracks.map((i) => (chosen.has(i) ? size * 2 : size * 0.6));
    }
  }

  /** How a playlist's line looks: its colour as a property of the style, and its dashes. */
  function lookOf(number) {
    const colour = COLOURS[number % COLOURS.length];
    const dash = DASHES[Math.floor(number / COLOURS.length) % DASHES.length];
    return {colour, dash};
  }

  /** A playlist as a line from a circle to a square, with what sets it off the points. */
  function lineTraces(tracks, number) {
    if (state.hiddenLines.has(number)) return [];
    const line = lineOf(tracks, lookOf(number));
    if (state.view === 3) return [line];
    const below = {
      ...line,
      mode: 'lines',
      hoverinfo: 'skip',
      line: {color: css('--back'), width: line.line.width + 3},
      opacity: 0.75,
    };
    return [below, line];
  }

  function lineOf(tracks, {colour, dash}) {
    const flat = state.view === 2;
    const last = tracks.length - 1;
    const atEnds = (first, within, end) =>
      tracks.map((_, k) => (k === 0 ? first : k === last ? end : within));
    return {
      type: flat ? 'scattergl' : 'scatter3d', // plotly draws the points above a 'scatter'
      mode: 'lines+markers',
      hoverinfo: 'none', // as of the points below
      showlegend: false,
      ...places(tracks),
      line: {color: css(colour), dash, width: flat ? 2.5 : 5},
      unselected: {marker: {opacity: 1}},
      marker: {
        symbol: atEnds('circle', 'circle', 'square'),
        size: atEnds(15, 5, 14).map((size) => size * (flat ? 1 : 0.6)),
        color: css(colour),
        opacity: 1,
        line: {width: 1.5, color: css('--back')},
      },
    };
  }

  /** Rings around the chosen track and its neighbours, and lines between them. */
  function marks() {
    const {chosen, near, view} = state;
    const tracks = near.flatMap(([, i]) => [chosen, i]).concat(chosen < 0 ? [] : [chosen]);
    const colour = css('--mark');
    return {
      type: view === 2 ? 'scatter' : 'scatter3d',
      mode: 'lines+markers',
      hoverinfo: 'skip',
      showlegend: false,
      ...places(tracks),
      line: {color: colour, width: view === 2 ? 1 : 2},
      unselected: {marker: {opacity: 1}},
      marker: {
        symbol: 'circle-open',
        color: colour,
        opacity: 1,
        line: {width: 2, color: colour},
        size: tracks.map((i) => (i === chosen ? 19 : 11) * (view === 2 ? 1 : 0.7)),
      },
    };
  }

  return {plain, traceOf, lineTraces, lookOf, marks};
})();
