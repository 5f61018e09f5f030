/* The tracks, as the page brings them: column by column, each track by its number. */
const data = (() => {
  const sent = JSON.parse(page.byId('data').textContent);
  const {ids, titles, artists, genres, clusters, paths, links, tags} = sent;
  const {features, scores, qualities, axes, about, scale, nComponents, lines} = sent;
  const {seconds, striking} = sent;
  const n = ids.length;
  const nFeatures = features.length;
  const nTags = scores.names.length;
  const X = bytes(sent.X);
  const raw = floats(sent.raw);
  const near = {rows: integers(sent.near.rows), distances: floats(sent.near.distances)};
  const scored = bytes(scores.values);
  const inSpace = [0, 1, 2].map((index) =>
    column(floats(sent.Z), Math.min(nComponents, 3), index),
  );
  const hasPlane = sent.plane !== null;
  const onPlane = hasPlane && [0, 1].map((index) => column(floats(sent.plane), 2, index));
  // For each view, the coordinates that are drawn.
  const drawn = {2: onPlane || inSpace.slice(0, 2), 3: inSpace};
  // What can colour the tracks: features, and after them the tags.
  const measures = [...features, ...scores.names.map((name) => ({name, unit: '0 to 1'}))];

  function bytes(base64) {
    const text = atob(base64);
    const values = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) values[i] = text.charCodeAt(i);
    return values;
  }

  function floats(base64) {
    return new Float32Array(bytes(base64).buffer);
  }

  function integers(base64) {
    return new Int32Array(bytes(base64).buffer);
  }

  function column(values, width, index) {
    const picked = new Float32Array(n);
    if (index < width) for (let i = 0; i < n; i++) picked[i] = values[i * width + index];
    return picked;
  }

  /** A measure's values of all tracks, in its unit. */
  function valuesOf(m) {
    if (m < nFeatures) return column(raw, nFeatures, m);
    return column(scored, nTags, m - nFeatures).map((score) => score / 255);
  }

  /** How much a tag fits a track, from 0 to 1. */
  function scoreOf(t, i) {
    return scored[i * nTags + t] / 255;
  }

  /** What is told of a track, the strongest first. */
  function tagsOf(i) {
    return tags.of[i].map((index) => tags.names[index]);
  }

  /** The nearest tracks, as [distance, track], the nearest first. */
  function nearest(i) {
    const {width} = sent.near;
    const places = Array.from({length: width}, (_, k) => i * width + k);
    const filled = places.filter((at) => near.rows[at] >= 0);
    return filled.map((at) => [near.distances[at], near.rows[at]]);
  }

  /** A feature's value of a track, to be read. */
  function shown(f, i) {
    return String(Number(raw[i * nFeatures + f].toPrecision(3)));
  }

  /** From 0, the library's least value of a feature, to 1, its most. */
  function levelOf(f, i) {
    const level = X[i * nFeatures + f] / 255;
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

  /** The address that plays the track; null if it has none. */
  function linkOf(i) {
    return joined(links, i);
  }

  function joined({folders, names}, i) {
    return names[i] === null ? null : folders.names[folders.of[i]] + names[i];
  }

  return {
    ...{
      n,
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
    ...{nComponents, axes, scale, hasPlane, drawn, valuesOf, scoreOf, shown, levelOf},
    ...{nearest, tagsOf, titleOf, artistOf, genreOf, clusterName, clusterOf, pathOf, linkOf},
  };
})();
