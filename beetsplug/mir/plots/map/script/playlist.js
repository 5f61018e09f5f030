/* Tracks as an .m3u, which the browser saves. */
const playlist = (() => {
  const {pathOf} = data;

  /** Tracks as the text of an .m3u in their order, and how many it cannot name. */
  function asM3u(tracks) {
    const paths = tracks.map(pathOf).filter((path) => path !== null);
    const lines = paths.map((path) => `${path.startsWith('#') ? './' : ''}${path}\n`);
    return {text: lines.join(''), left: tracks.length - paths.length};
  }

  function save(tracks, name) {
    const link = document.createElement('a');
    const file = new Blob([asM3u(tracks).text], {type: 'audio/x-mpegurl'});
    link.href = URL.createObjectURL(file);
    link.download = `${name}.m3u`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /** Say of a number of tracks that they are not saved; nothing if there are none. */
  function leftOut(left) {
    return left ? `${left} of them cannot be named in an .m3u.` : '';
  }

  return {asM3u, save, leftOut};
})();
