/* The map's own code. Tags are data: they reach the page by textContent, and what plotly
   writes (legend, axes) goes through `plain`, since plotly reads <b> and the like. */
(function () {
'use strict';

const NEIGHBOURS = 10;
const MOST_IN_LEGEND = 24;      // the rest is one entry more
const LONGEST_NAME = 28;        // in the legend
const MOST_FOUND = 50;          // results of a search that are listed
const MOST_TERMS = 900;         // SQLite stops at 1000 alternatives in a query
const LONGEST_TERM = 100000;    // a shell's argument ends at 128 KiB
const STANDS_OUT = 0.2;         // rank from the middle, of 0.5
const AGREES = 0.15;            // difference of ranks
const REASONS = 3;
const SYMBOLS = {               // for the figures' markers; 3-D has no triangles
  2: ['circle', 'square', 'diamond', 'triangle-up', 'triangle-down'],
  3: ['circle', 'square', 'diamond', 'cross', 'diamond-open'],
};
const VIEWPOINT = {x: 1.5, y: 1.5, z: 1};
const LIFT = 0.35;              // of colours towards white, where the page is dark

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);
const n = data.ids.length;
const nFeatures = data.features.length;
const Z = new Float32Array(bytes(data.Z).buffer);
const X = bytes(data.X);
const raw = new Float32Array(bytes(data.raw).buffer);
const map = byId('map');
const pointer = {x: 0, y: 0, moved: 0, over: -1};   // over: the track below it
const state = {
  colour: 'genre', view: 2, drag: 'pan', legend: window.innerWidth > 760,
  chosen: -1, near: [], selected: null,
};
const dark = window.matchMedia('(prefers-color-scheme: dark)');
let drawing = 0;                // draws under way
let draws = 0;                  // draws begun
let members = [];               // for each of plotly's traces, the tracks in it
let found = [];                 // tracks that the search has found
let folded = null;              // what is searched, made when first needed
let ranks = null;               // of each feature, made when first needed

// --- data -------------------------------------------------------------------------------

function bytes(base64) {
  const text = atob(base64);
  const values = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) values[i] = text.charCodeAt(i);
  return values;
}

function column(values, width, index) {
  const picked = new Float32Array(n);
  if (index < width) for (let i = 0; i < n; i++) picked[i] = values[i * width + index];
  return picked;
}

const coordinates = [0, 1, 2].map((index) => column(Z, data.nComponents, index));
const genreOf = (i) => data.genres.names[data.genres.of[i]];
const artistOf = (i) => data.artists.names[data.artists.of[i]];

function clusterName(index) {
  const number = data.clusters.names[index];
  return number ? `${number} ${data.clusters.words[index]}`.trim() : '';
}

const clusterOf = (i) => clusterName(data.clusters.of[i]);

function pathOf(paths, i) {
  const name = paths.names[i];
  return name === null ? null : paths.folders.names[paths.folders.of[i]] + name;
}

/** Ranks from 0 to 1 of a feature's values; equal values share theirs. */
function rank(values) {
  const sorted = values.slice().sort();
  const place = new Map();
  for (let from = 0, to; from < n; from = to) {
    for (to = from + 1; to < n && sorted[to] === sorted[from];) to++;
    place.set(sorted[from], (from + to) / 2 / n);
  }
  return values.map((value) => place.get(value));
}

// --- neighbours -------------------------------------------------------------------------

/** The nearest tracks in all coordinates, as [distance, track], the nearest first. */
function nearest(chosen) {
  const d = data.nComponents;
  const best = [];
  for (let i = 0; i < n; i++) {
    if (i === chosen) continue;
    let sum = 0;
    for (let k = 0; k < d; k++) sum += (Z[i * d + k] - Z[chosen * d + k]) ** 2;
    if (best.length === NEIGHBOURS && sum >= best[NEIGHBOURS - 1][0]) continue;
    let place = best.length;
    while (place > 0 && best[place - 1][0] > sum) place--;
    best.splice(place, 0, [sum, i]);
    best.length = Math.min(best.length, NEIGHBOURS);
  }
  return best.map(([sum, i]) => [Math.sqrt(sum), i]);
}

/** Why two tracks are near: in what both stand out of the library to the same side. */
function reasons(a, b) {
  ranks = ranks || data.features.map((_, f) => rank(column(raw, nFeatures, f)));
  const level = (quality, i) =>
    quality.features.reduce((sum, f) => sum + ranks[f][i], 0) / quality.features.length - 0.5;
  return data.qualities
    .map((quality) => ({quality, a: level(quality, a), b: level(quality, b)}))
    .filter((x) => x.a * x.b > 0 && Math.abs(x.a - x.b) <= AGREES)
    .map((x) => ({...x, strength: Math.min(Math.abs(x.a), Math.abs(x.b))}))
    .filter((x) => x.strength >= STANDS_OUT)
    .sort((x, y) => y.strength - x.strength)
    .slice(0, REASONS)
    .map((x) => `both ${x.a > 0 ? x.quality.more : x.quality.less}`
      + ` (${bothValues(x.quality.features[0], a, b)})`)
    .join(', ') || 'alike throughout; in nothing do both stand out';
}

function bothValues(f, a, b) {
  const {name, unit} = data.features[f];
  return `${name} ${shown(f, a)} and ${shown(f, b)} ${unit}`.trim();
}

const shown = (f, i) => String(Number(raw[i * nFeatures + f].toPrecision(3)));

// --- drawing ----------------------------------------------------------------------------

/** Text for plotly, which would take tags and entities for markup; long text is cut. */
function plain(text, most = 80) {
  const characters = Array.from(text);
  const short = characters.length > most ? characters.slice(0, most - 1).join('') + '…' : text;
  return short.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** A colour of the figures, which are made for white paper. */
function onPage(colour) {
  if (!dark.matches) return colour;
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${parts.map((part) => Math.round(part + (255 - part) * LIFT)).join()})`;
}

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The groups of a dictionary with their tracks; of very many, the small ones as one. */
function grouped(dictionary, nameOf, none) {
  const groups = dictionary.names.map((_, index) => ({
    name: nameOf(index) || none, colour: onPage(dictionary.colours[index]),
    symbol: dictionary.symbols[index], rank: index + 1, tracks: [],
  }));
  groups.unshift(groups.pop());   // no group: below the others on the map, last in the legend
  dictionary.of.forEach((index, i) => {
    groups[(index + 1) % groups.length].tracks.push(i);
  });
  const used = groups.filter((group) => group.tracks.length);
  if (used.length <= MOST_IN_LEGEND + 1) return used;
  const large = new Set(
    [...used].sort((a, b) => b.tracks.length - a.tracks.length).slice(0, MOST_IN_LEGEND));
  const small = used.filter((group) => !large.has(group));
  const other = {
    name: `${small.length} others`, colour: onPage('#999999'), symbol: 0, rank: 1000,
    tracks: small.flatMap((group) => group.tracks).sort((a, b) => a - b),
  };
  return [other, ...used.filter((group) => large.has(group))];
}

function groupsShown() {
  if (state.colour === 'genre') {
    return grouped(data.genres, (index) => data.genres.names[index], '(none)');
  }
  if (state.colour === 'cluster') return grouped(data.clusters, clusterName, '(none)');
  return [{name: 'tracks', symbol: 0, tracks: data.ids.map((_, i) => i)}];
}

function places(tracks) {
  const of = (values) => Float32Array.from(tracks, (i) => values[i]);
  const xy = {x: of(coordinates[0]), y: of(coordinates[1])};
  return state.view === 3 ? {...xy, z: of(coordinates[2])} : xy;
}

function symbolOf(group) {
  // So small that their shapes are not seen, circles are drawn much faster.
  return n > 20000 && state.view === 2 ? 'circle' : SYMBOLS[state.view][group.symbol % 5];
}

function traceOf(group) {
  const flat = state.view === 2;
  const size = n > 20000 ? 3.5 : n > 5000 ? 4.5 : n > 500 ? 6.5 : 9;
  const outlined = n <= 5000 && flat;
  const trace = {
    type: flat ? 'scattergl' : 'scatter3d', mode: 'markers', hoverinfo: 'none',
    name: `${plain(group.name, LONGEST_NAME)} (${group.tracks.length})`,
    legendrank: group.rank, ...places(group.tracks),
    marker: {
      color: group.colour, symbol: symbolOf(group),
      size: flat ? size : size * 0.5, opacity: n > 20000 ? 0.75 : 0.9,
      line: {width: outlined ? 0.7 : 0, color: css('--back')},
    },
  };
  if (group.colour === undefined) Object.assign(trace.marker, featureColours(state.colour));
  if (state.selected) showSelection(trace, group.tracks);
  return trace;
}

function showSelection(trace, tracks) {
  const chosen = state.selected;
  if (state.view === 2) {
    trace.selectedpoints = tracks.map((i, at) => (chosen.has(i) ? at : -1))
      .filter((at) => at >= 0);
    trace.unselected = {marker: {opacity: 0.15}};
  } else {
    // 3-D knows no selection: the selected points are larger.
    const {size} = trace.marker;
    trace.marker.size = tracks.map((i) => (chosen.has(i) ? size * 2 : size * 0.6));
  }
}

/** Viridis over all but the outermost values, so that a few do not take all the colours. */
function featureColours(f) {
  const {name, unit} = data.features[f];
  const values = column(raw, nFeatures, f);
  const sorted = values.slice().sort();
  const scale = data.scale.map((colour, k) => [k / (data.scale.length - 1), onPage(colour)]);
  const at = (share) => sorted[Math.round(share * (n - 1))];
  return {
    color: values, colorscale: scale, cmin: at(0.01), cmax: at(0.99), showscale: true,
    colorbar: {
      title: {text: plain(unit ? `${name} (${unit})` : name), side: 'right'},
      thickness: 14, outlinewidth: 0,
    },
  };
}

/** Rings around the chosen track and its neighbours, and lines between them. */
function marks() {
  const {chosen, near, view} = state;
  const tracks = near.flatMap(([, i]) => [chosen, i]).concat(chosen < 0 ? [] : [chosen]);
  const colour = css('--mark');
  return {
    type: view === 2 ? 'scatter' : 'scatter3d', mode: 'lines+markers', hoverinfo: 'skip',
    showlegend: false, ...places(tracks), line: {color: colour, width: view === 2 ? 1 : 2},
    unselected: {marker: {opacity: 1}},
    marker: {
      symbol: 'circle-open', color: colour, opacity: 1, line: {width: 2, color: colour},
      size: tracks.map((i) => (i === chosen ? 19 : 11) * (view === 2 ? 1 : 0.7)),
    },
  };
}

function axis(index) {
  const text = data.axes[index] || '';
  // In 3-D plotly reads tags but no entities.
  const title = state.view === 2 ? plain(text) : text.replace(/</g, '‹').replace(/>/g, '›');
  return {
    title: {text: title}, gridcolor: css('--grid'), zeroline: false,
    linecolor: css('--line'), color: css('--quiet'), backgroundcolor: css('--back'),
  };
}

function layout() {
  const narrow = window.innerWidth <= 760;
  const common = {
    autosize: true, uirevision: 'map', paper_bgcolor: css('--back'), plot_bgcolor: css('--back'),
    font: {family: getComputedStyle(document.body).fontFamily, color: css('--text'), size: 12},
    margin: {l: narrow ? 40 : 55, r: 10, t: 10, b: 45}, hovermode: 'closest',
    showlegend: state.legend && typeof state.colour === 'string',
    legend: {
      uirevision: `${state.colour}`, itemsizing: 'constant', font: {size: narrow ? 10 : 12},
      bgcolor: 'rgba(0,0,0,0)',
      ...(narrow ? {orientation: 'h', x: 0, y: -0.2, yanchor: 'top'} : {}),
    },
  };
  if (state.view === 3) {
    const [xaxis, yaxis, zaxis] = [0, 1, 2].map(axis);
    const scene = {xaxis, yaxis, zaxis, aspectmode: 'data', camera: {eye: VIEWPOINT}};
    return {...common, margin: {l: 0, r: 0, t: 0, b: 0}, scene: {...scene, uirevision: 'map'}};
  }
  return {
    ...common, dragmode: state.drag, xaxis: axis(0),
    yaxis: {...axis(1), scaleanchor: 'x'},   // near on the map is near
    newselection: {line: {color: css('--text'), width: 1, dash: 'dot'}},
    // No outline stays: the points show what is selected, by whatever means.
    selections: [], selectionrevision: ++draws,
  };
}

async function draw() {
  const groups = groupsShown();
  members = [...groups.map((group) => group.tracks), null];
  const config = {displayModeBar: false, scrollZoom: true, responsive: true, doubleClick: false};
  await busy(() => Plotly.react(map, [...groups.map(traceOf), marks()], layout(), config));
}

const relayout = (change) => busy(() => Plotly.relayout(map, change));

/** Draw, and tell that the map is being drawn until it is. */
async function busy(drawn) {
  drawing++;
  map.setAttribute('aria-busy', 'true');
  try {
    await drawn();
  } finally {
    drawing--;
    map.setAttribute('aria-busy', String(drawing > 0));
  }
}

/** Move the map if a track that is not clicked on lies outside of what is seen. */
function bringIntoView(i) {
  if (state.view === 3) return undefined;
  const change = {};
  ['xaxis', 'yaxis'].forEach((name, k) => {
    const [from, to] = map.layout[name].range;
    const at = coordinates[k][i];
    if (at < from || at > to) {
      change[`${name}.range`] = [at - (to - from) / 2, at + (to - from) / 2];
    }
  });
  return Object.keys(change).length ? relayout(change) : undefined;
}

function zoom(factor) {
  if (state.view === 3) {
    const {eye} = map._fullLayout.scene.camera;
    const moved = {x: eye.x * factor, y: eye.y * factor, z: eye.z * factor};
    return relayout({'scene.camera.eye': moved});
  }
  const change = {};
  for (const name of ['xaxis', 'yaxis']) {
    const [from, to] = map.layout[name].range;
    const half = (to - from) / 2 * factor;
    change[`${name}.range`] = [(from + to) / 2 - half, (from + to) / 2 + half];
  }
  return relayout(change);
}

function reset() {
  return relayout(state.view === 3
    ? {'scene.camera.eye': VIEWPOINT}
    : {'xaxis.autorange': true, 'yaxis.autorange': true});
}

// --- a chosen track ---------------------------------------------------------------------

function element(kind, text, className) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

const titleOf = (i) => data.titles[i] || '(no title)';
const groupsOf = (i) =>
  [genreOf(i) || 'no genre', clusterOf(i) ? `cluster ${clusterOf(i)}` : 'no cluster'].join(' · ');

async function choose(i) {
  state.chosen = i;
  state.near = nearest(i);
  byId('title').textContent = titleOf(i);
  byId('artist').textContent = artistOf(i);
  byId('groups').textContent = `${groupsOf(i)} · id ${data.ids[i]}`;
  byId('neighbours').replaceChildren(...state.near.map(neighbour));
  byId('features').replaceChildren(...data.features.map((_, f) => featureRow(f, i)));
  byId('player').hidden = pathOf(data.links, i) === null;
  byId('select-genre').disabled = !genreOf(i);
  byId('select-cluster').disabled = !clusterOf(i);
  stop();
  byId('track').hidden = false;
  byId('hint').hidden = true;
  await draw();
  await bringIntoView(i);
}

function neighbour([distance, i]) {
  const button = element('button', '');
  button.type = 'button';
  button.append(
    element('span', titleOf(i), 'name'), element('span', distance.toPrecision(3), 'distance'),
    element('span', artistOf(i), 'artist'), element('span', reasons(state.chosen, i), 'why'));
  button.addEventListener('click', () => choose(i).then(() => byId('title').focus()));
  const item = document.createElement('li');
  item.append(button);
  return item;
}

function featureRow(f, i) {
  const {name, unit, sign} = data.features[f];
  const row = document.createElement('tr');
  const bar = document.createElement('meter');
  const level = X[i * nFeatures + f] / 255;
  bar.value = sign < 0 ? 1 - level : level;
  bar.setAttribute('aria-label', `${name}, from the library's least to its most`);
  const cell = document.createElement('td');
  cell.append(bar);
  row.append(element('th', name), element('td', `${shown(f, i)} ${unit}`), cell);
  return row;
}

function stop() {
  byId('audio').pause();
  byId('audio').removeAttribute('src');
  byId('audio').hidden = true;
}

function play() {
  const audio = byId('audio');
  audio.src = pathOf(data.links, state.chosen);
  audio.hidden = false;
  audio.play().catch(() => say('The browser cannot reach or play this file.'));
}

function say(text) {
  byId('said').textContent = text;
}

// --- selection --------------------------------------------------------------------------

function select(tracks) {
  state.selected = tracks && tracks.length ? new Set(tracks) : null;
  byId('selection').hidden = !state.selected;
  if (state.selected) showSelected([...state.selected]);
  return draw();
}

function showSelected(tracks) {
  const query = asQuery(tracks.map((i) => data.ids[i]));
  const {left} = playlist();
  byId('selected-count').textContent = `${counted(tracks.length)} selected`;
  byId('summary').replaceChildren(
    element('dt', 'Genres'), ...most(tracks, (i) => genreOf(i) || '(none)'),
    element('dt', 'Clusters'), ...most(tracks, (i) => clusterOf(i) || '(none)'));
  byId('query').value = query;
  byId('copy').textContent = 'Copy';
  byId('download').disabled = left === tracks.length;
  byId('left-out').textContent = left ? `${left} of them cannot be named in an .m3u.` : '';
  byId('hint').hidden = true;
  say(byId('selected-count').textContent);
}

const counted = (number) => (number === 1 ? '1 track' : `${number} tracks`);

/** The most common names among tracks, with their numbers. */
function most(tracks, nameOf, shownNames = 4) {
  const counts = new Map();
  for (const i of tracks) counts.set(nameOf(i), (counts.get(nameOf(i)) || 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const rest = sorted.length - shownNames;
  const names = sorted.slice(0, shownNames).map(([name, count]) => `${name} (${count})`);
  if (rest > 0) names.push(`and ${rest} more`);
  return names.map((text) => element('dd', text));
}

/** beets' query for ids, as a shell takes it: `id:3..17 , id:40`. */
function asQuery(ids) {
  const ranges = [];
  for (const id of ids.sort((a, b) => a - b)) {
    const last = ranges[ranges.length - 1];
    if (last && last[1] === id - 1) last[1] = id;
    else ranges.push([id, id]);
  }
  const terms = ranges.map(([from, to]) => (from === to ? `id:${from}` : `id:${from}..${to}`));
  return (terms.length <= MOST_TERMS ? terms : patterns(ids)).join(' , ');
}

/** More ids than SQLite takes alternatives: regular expressions. */
function patterns(ids) {
  const terms = [];
  for (let from = 0, to; from < ids.length; from = to) {
    let length = 0;
    for (to = from; to < ids.length && length < LONGEST_TERM; to++) {
      length += String(ids[to]).length + 1;
    }
    terms.push(`'id::^(${ids.slice(from, to).join('|')})$'`);
  }
  return terms;
}

/** The selection as an .m3u in the library's order, and how many it cannot name. */
function playlist() {
  const tracks = [...state.selected].sort((a, b) => a - b);
  const paths = tracks.map((i) => pathOf(data.paths, i)).filter((path) => path !== null);
  const lines = paths.map((path) => `${path.startsWith('#') ? './' : ''}${path}\n`);
  return {text: lines.join(''), left: tracks.length - paths.length};
}

function download() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([playlist().text], {type: 'audio/x-mpegurl'}));
  link.download = 'selection.m3u';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function copy() {
  const field = byId('query');
  field.focus();
  field.select();
  // Some browsers give a page from a file no clipboard, but do copy what is marked.
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand('copy');
  }
  byId('copy').textContent = 'Copied';
  say('Copied');
}

// --- search -----------------------------------------------------------------------------

const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

function search(text) {
  folded = folded || data.titles.map((title, i) =>
    fold(`${artistOf(i)}\n${title}\n${genreOf(i)}`));
  const words = fold(text).split(/\s+/).filter(Boolean);
  found = [];
  if (!words.length) return;
  for (let i = 0; i < n; i++) {
    if (words.every((word) => folded[i].includes(word))) found.push(i);
  }
}

function showFound() {
  const asked = byId('search').value.trim() !== '';
  search(byId('search').value);
  byId('found-count').textContent = counted(found.length)
    + (found.length > MOST_FOUND ? `, the first ${MOST_FOUND} are:` : '');
  byId('results').replaceChildren(...found.slice(0, MOST_FOUND).map(result));
  byId('select-found').hidden = !found.length;
  openResults(asked);
  highlight(0);
}

function result(i, index) {
  const item = element('li', '');
  item.id = `result-${index}`;
  item.setAttribute('role', 'option');
  item.append(
    element('span', titleOf(i)),
    element('span', [artistOf(i), genreOf(i)].filter(Boolean).join(' · ')));
  item.addEventListener('click', () => pick(index));
  return item;
}

function openResults(open) {
  byId('found').hidden = !open;
  byId('search').setAttribute('aria-expanded', String(open));
}

const highlighted = () =>
  [...byId('results').children].findIndex((item) => item.ariaSelected === 'true');

function highlight(index) {
  const items = [...byId('results').children];
  const at = Math.max(0, Math.min(index, items.length - 1));
  items.forEach((item, k) => item.setAttribute('aria-selected', String(k === at)));
  byId('search').setAttribute('aria-activedescendant', items.length ? items[at].id : '');
  if (items.length) items[at].scrollIntoView({block: 'nearest'});
}

function pick(index) {
  openResults(false);
  if (index >= 0 && index < found.length) choose(found[index]);
}

function searchKey(event) {
  const at = highlighted();
  const open = !byId('found').hidden;
  const actions = {
    ArrowDown: () => (open ? highlight(at + 1) : showFound()),
    ArrowUp: () => highlight(at - 1),
    Enter: () => open && pick(at),
    Escape: () => openResults(false),
  };
  if (!actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
}

// --- events -----------------------------------------------------------------------------

function trackOf(event) {
  const [point] = event.points;
  const tracks = point && members[point.curveNumber];
  return tracks ? tracks[point.pointNumber] : -1;
}

function showTip(event) {
  const i = trackOf(event);
  pointer.over = i;
  if (i < 0) return;
  const tip = byId('tip');
  tip.replaceChildren(
    ...[titleOf(i), artistOf(i), genreOf(i), clusterOf(i) && `cluster ${clusterOf(i)}`]
      .filter(Boolean).map((text) => element('div', text)));
  tip.hidden = false;
  const {width, height} = tip.getBoundingClientRect();
  const left = Math.min(pointer.x + 14, window.innerWidth - width - 4);
  const top = pointer.y + 14 + height > window.innerHeight ? pointer.y - height - 10
    : pointer.y + 14;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

function hideTip() {
  byId('tip').hidden = true;
  pointer.over = -1;
}

function listenToMap() {
  map.on('plotly_hover', showTip);
  map.on('plotly_unhover', hideTip);
  map.on('plotly_click', (event) => {
    if (state.view === 2 && trackOf(event) >= 0) choose(trackOf(event));
  });
  listenToClicksIn3d();
  map.on('plotly_selected', (event) => {
    if (!event || drawing) return;   // plotly says so, too, when it is drawn anew
    select(event.points.map((point) => trackOf({points: [point]})).filter((i) => i >= 0));
  });
  map.addEventListener('pointermove', (event) => {
    pointer.moved += Math.abs(event.clientX - pointer.x) + Math.abs(event.clientY - pointer.y);
    pointer.x = event.clientX;
    pointer.y = event.clientY;
  }, true);
  map.addEventListener('pointerleave', hideTip);
}

/** In 3-D plotly tells of a click again at each drawing while the button is down. */
function listenToClicksIn3d() {
  map.addEventListener('pointerdown', () => { pointer.moved = 0; }, true);
  map.addEventListener('pointerup', ({target}) => {
    const turned = pointer.moved > 5;
    const onScene = state.view === 3 && !(target instanceof SVGElement);
    const i = pointer.over;
    if (onScene && !turned && i >= 0) setTimeout(() => choose(i));
  }, true);
}

function fillColours() {
  const byName = document.createElement('optgroup');
  byName.label = 'Feature';
  byName.append(...data.features.map(({name}, f) => new Option(name, f)));
  byId('colour').append(new Option('Genre', 'genre'), new Option('Cluster', 'cluster'), byName);
}

function change(name, value) {
  state[name] = value;
  hideTip();
  return draw();
}

function listenToControls() {
  const on = (id, event, action) => byId(id).addEventListener(event, action);
  on('colour', 'change', ({target}) =>
    change('colour', /^\d+$/.test(target.value) ? Number(target.value) : target.value));
  on('views', 'change', ({target}) => {
    byId('drags').disabled = target.value === '3';
    change('view', Number(target.value));
  });
  on('drags', 'change', ({target}) => change('drag', target.value));
  on('legend', 'click', ({target}) => {
    target.setAttribute('aria-pressed', String(!state.legend));
    change('legend', !state.legend);
  });
  on('zoom-in', 'click', () => zoom(0.7));
  on('zoom-out', 'click', () => zoom(1 / 0.7));
  on('reset', 'click', reset);
  on('search', 'input', showFound);
  on('search', 'keydown', searchKey);
  on('finder', 'focusout', ({relatedTarget}) => {
    if (!byId('finder').contains(relatedTarget)) openResults(false);
  });
  // A press on a result must not take the focus, which would close the list.
  on('results', 'mousedown', (event) => event.preventDefault());
  on('select-found', 'click', () => { openResults(false); select(found); });
  on('select-genre', 'click', () => select(like(data.genres)));
  on('select-cluster', 'click', () => select(like(data.clusters)));
  on('clear', 'click', () => select(null));
  on('copy', 'click', copy);
  on('download', 'click', download);
  on('play', 'click', play);
  dark.addEventListener('change', draw);
}

/** The tracks of the chosen track's group. */
function like(dictionary) {
  const group = dictionary.of[state.chosen];
  return data.ids.map((_, i) => i).filter((i) => dictionary.of[i] === group);
}

async function start() {
  fillColours();
  byId('legend').setAttribute('aria-pressed', String(state.legend));
  document.querySelector('[name=view][value="3"]').disabled = data.nComponents < 3;
  await draw();
  listenToMap();
  listenToControls();
  document.documentElement.dataset.ready = 'yes';
}

start();
}());
