/* The tracks, as the page brings them: column by column, each track by its number. */
const data = (() => {
  const sent = JSON.parse(page.byId('data').textContent);
  const {ids, titles, artists, genres, clusters, paths, links} = sent;
  const {features, qualities, axes, scale, nComponents} = sent;
  const n = ids.length;
  const nFeatures = features.length;
  const Z = new Float32Array(bytes(sent.Z).buffer);
  const X = bytes(sent.X);
  const raw = new Float32Array(bytes(sent.raw).buffer);
  const coordinates = [0, 1, 2].map((index) => column(Z, nComponents, index));

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

  /** A feature's values of all tracks, in its unit. */
  function valuesOf(f) {
    return column(raw, nFeatures, f);
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
    ...{n, ids, titles, genres, clusters, features, qualities, axes, scale},
    ...{Z, nComponents, coordinates, valuesOf, shown, levelOf},
    ...{titleOf, artistOf, genreOf, clusterName, clusterOf, pathOf, linkOf},
  };
})();
