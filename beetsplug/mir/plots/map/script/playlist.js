/* Tracks as an .m3u, which the browser saves. */
const playlist = (() => {
  const {pathOf, hasPath} = data;

  /** Tracks as the text of an .m3u in their order, without those that it cannot name. */
  function asM3u(tracks) {
    const paths = tracks.map(pathOf).filter((path) => path !== null);
    return paths.map((path) => `${path.startsWith('#') ? './' : ''}${path}\n`).join('');
  }

  /** How many tracks an .m3u cannot name. */
  function unnamed(tracks) {
    return tracks.reduce((count, i) => count + !hasPath(i), 0);
  }

  function save(tracks, name) {
    const link = document.createElement('a');
    const file = new Blob([asM3u(tracks)], {type: 'audio/x-mpegurl'});
    link.href = URL.createObjectURL(file);
    link.download = `${name}.m3u`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /** Say of a number of tracks that they are not saved; nothing if there are none. */
  function leftOut(left) {
    return left ? `${left} of them cannot be named in an .m3u.` : '';
  }

  return {unnamed, save, leftOut};
})();
