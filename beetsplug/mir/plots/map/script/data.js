/* The tracks, as the page brings them: column by column, each track by its number. */
const data = (() => {
  const sent = JSON.parse(page.byId('data').textContent);
  const {ids, titles, artists, genres, clusters, paths, links, tags} = sent;
  const {features, scores, qualities, axes, about, scale, nComponents, lines} = sent;
  const {seconds, striking} = sent;
  const n = ids.length;
  const nFeatures = features.length;
  const nTags = scores.names.length;
  // Unpacked when first needed: what no point is drawn by.
  const X = lazy(() => bytes(sent.X));
  const raw = sent.raw.map((feature) => lazy(() => numbers(feature)));
  const rows = lazy(() => bytes(sent.near.rows));
  const distances = lazy(() => numbers(sent.near.distances));
  const scored = lazy(() => bytes(scores.values));
  const Z = floats(sent.Z);
  const inSpace = [0, 1, 2].map((index) => column(Z, Math.min(nComponents, 3), index));
  const hasPlane = sent.plane !== null;
  const onPlane = hasPlane && [0, 1].map((index) => column(floats(sent.plane), 2, index));
  // For each view, the coordinates that are drawn.
  const drawn = {2: onPlane || inSpace.slice(0, 2), 3: inSpace};
  // What can colour the tracks: features, and after them the tags.
  const measures = [...features, ...scores.names.map((name) => ({name, unit: '0 to 1'}))];

  function lazy(unpack) {
    let values = null;
    return () => (values = values || unpack());
  }

  function bytes(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const text = atob(base64);
    const values = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) values[i] = text.charCodeAt(i);
    return values;
  }

  function floats(base64) {
    return new Float32Array(bytes(base64).buffer);
  }

  function numbers({type, values}) {
    return type === 'half' ? halves(values) : floats(values);
  }

  /** Numbers of half precision, by a table of all that there are. */
  function halves(base64) {
    const table = Float32Array.from({length: 1 << 16}, (_, bits) => {
      const [sign, power, part] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
      if (power === 31) return part ? NaN : sign * Infinity;
      return sign * (power ? (1 + part / 1024) * 2 ** (power - 15) : part * 2 ** -24);
    });
    const given = new Uint16Array(bytes(base64).buffer);
    const values = new Float32Array(given.length);
    for (let k = 0; k < given.length; k++) values[k] = table[given[k]];
    return values;
  }

  function column(values, width, index) {
    const picked = new Float32Array(n);
    if (index < width) for (let i = 0; i < n; i++) picked[i] = values[i * width + index];
    return picked;
  }

  /** A measure's values of all tracks, in its unit. */
  function valuesOf(m) {
    if (m < nFeatures) return raw[m]().slice();
    return column(scored(), nTags, m - nFeatures).map((score) => score / 255);
  }

  /** A feature's value of a track. */
  function valueOf(f, i) {
    return raw[f]()[i];
  }

  /** How much a tag fits a track, from 0 to 1. */
  function scoreOf(t, i) {
    return scored()[i * nTags + t] / 255;
  }

  /** What is told of a track, the strongest first. */
  function tagsOf(i) {
    return tags.of[i].map((index) => tags.names[index]);
  }

  /** The nearest tracks, as [distance, track], the nearest first. */
  function nearest(i) {
    const {width} = sent.near;
    const places = Array.from({length: width}, (_, k) => i * width + k);
    return places.map((at) => [distances()[at], rowAt(at)]).filter(([, row]) => row >= 0);
  }

  function rowAt(at) {
    const [low, middle, high] = rows().subarray(3 * at, 3 * at + 3);
    return low + (middle << 8) + (high << 16) - 1;
  }

  /** A feature's value of a track, to be read. */
  function shown(f, i) {
    return String(Number(valueOf(f, i).toPrecision(3)));
  }

  /** From 0, the library's least value of a feature, to 1, its most. */
  function levelOf(f, i) {
    const level = X()[i * nFeatures + f] / 255;
    return features[f].sign < 0 ? 1 - level : level;
  }

  function titleOf(i) {
    return titles[i] || '(no title)';
  }

  function artistOf(i) {
    return artists.names[artists.of[i]];
  }

  function genreOf(i) {
    return genres.names[genres.of[i]];
  }

  function clusterName(index) {
    const number = clusters.names[index];
    return number ? `${number} ${clusters.words[index]}`.trim() : '';
  }

  function clusterOf(i) {
    return clusterName(clusters.of[i]);
  }

  /** The track's line in an .m3u; null if it has none. */
  function pathOf(i) {
    return joined(paths, i);
  }

  function hasPath(i) {
    return paths.names[i] !== null;
  }

  /** The address that plays the track; null if it has none. */
  function linkOf(i) {
    return joined(links, i);
  }

  function joined({folders, names}, i) {
    return names[i] === null ? null : folders.names[folders.of[i]] + names[i];
  }

  /** What is done before it is asked for. */
  function preparing() {
    return [rows, distances, ...raw, X, scored];
  }

  return {
    ...{
      n,
      preparing,
      ids,
      titles,
      artists,
      genres,
      clusters,
      seconds,
      striking,
      features,
      scores,
      measures,
      qualities,
      about,
      lines,
    },
    ...{nComponents, axes, scale, hasPlane, drawn, valueOf, valuesOf, scoreOf, shown, levelOf},
    ...{
      nearest,
      tagsOf,
      titleOf,
      artistOf,
      genreOf,
      clusterName,
      clusterOf,
      pathOf,
      hasPath,
      linkOf,
    },
  };
})();
