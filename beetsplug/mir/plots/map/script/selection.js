/* The selected tracks: what they are, their beets query and their playlist. */
const selection = (() => {
  const {byId, element, say, counted, state} = page;
  const {ids, genres, clusters, genreOf, clusterName, clusterOf} = data;
  const {asM3u, save, leftOut} = playlist;

  const MOST_TERMS = 900; // SQLite stops at 1000 alternatives in a query
  const LONGEST_TERM = 100000; // a shell's argument ends at 128 KiB
  const MOST_NAMES = 4;

  /** Select tracks in place of those that were; null for none. They may be a group's. */
  function select(tracks, group = {}) {
    state.selected = tracks && tracks.length ? new Set(tracks) : null;
    if (state.selected) showSelected([...state.selected], group);
    sides.show('selection');
    return drawing.draw();
  }

  /** Select the tracks of one entry of a dictionary: a genre or a cluster. */
  function selectGroup(dictionary, index) {
    const tracks = [];
    dictionary.of.forEach((group, i) => group === index && tracks.push(i));
    const file = dictionary.files?.[index];
    return select(tracks, {dictionary, name: nameOf(dictionary, index), file});
  }

  function nameOf(dictionary, index) {
    const ofClusters = dictionary === clusters;
    const name = ofClusters ? clusterName(index) : dictionary.names[index];
    if (!name) return ofClusters ? 'In no cluster' : 'Without a genre';
    return ofClusters ? `Cluster ${name}` : name;
  }

  /** Select the tracks of the chosen track's group. */
  function selectLike(dictionary) {
    return selectGroup(dictionary, dictionary.of[state.chosen]);
  }

  function showSelected(tracks, {dictionary, name, file}) {
    const {left} = asM3u(tracks);
    byId('selection-title').textContent = name || 'Selection';
    byId('selected-file').textContent = file ? `Its playlist is the file ${file}.` : '';
    byId('selected-count').textContent = `${counted(tracks.length)} selected`;
    byId('summary').replaceChildren(
      ...(dictionary === genres ? [] : most(tracks, 'Genres', genreOf)),
      ...(dictionary === clusters ? [] : most(tracks, 'Clusters', clusterOf)),
    );
    byId('query').value = asQuery(tracks.map((i) => ids[i]));
    byId('copy').textContent = 'Copy';
    byId('download').disabled = left === tracks.length;
    byId('left-out').textContent = leftOut(left);
    say([name, byId('selected-count').textContent].filter(Boolean).join(': '));
  }

  /** The most common groups of tracks, with their numbers, below what they are. */
  function most(tracks, kind, groupOf) {
    const counts = new Map();
    for (const i of tracks) {
      const name = groupOf(i) || '(none)';
      counts.set(name, (counts.get(name) || 0) + 1);
    }
    const sorted = [...counts].sort((a, b) => b[1] - a[1]);
    const names = sorted.slice(0, MOST_NAMES).map(([name, count]) => `${name} (${count})`);
    const rest = sorted.length - MOST_NAMES;
    if (rest > 0) names.push(`and ${rest} more`);
    return [element('dt', kind), ...names.map((text) => element('dd', text))];
  }

  /** beets' query for ids, as a shell takes it: `id:3..17 , id:40`. */
  function asQuery(wanted) {
    const ranges = [];
    for (const id of wanted.sort((a, b) => a - b)) {
      const last = ranges[ranges.length - 1];
      if (last && last[1] === id - 1) last[1] = id;
      else ranges.push([id, id]);
    }
    const terms = ranges.map(([from, to]) =>
      from === to ? `id:${from}` : `id:${from}..${to}`,
    );
    return (terms.length <= MOST_TERMS ? terms : patterns(wanted)).join(' , ');
  }

  /** More ids than SQLite takes alternatives: regular expressions. */
  function patterns(sorted) {
    const terms = [];
    for (let from = 0, to; from < sorted.length; from = to) {
      let length = 0;
      for (to = from; to < sorted.length && length < LONGEST_TERM; to++) {
        length += String(sorted[to]).length + 1;
      }
      terms.push(`'id::^(${sorted.slice(from, to).join('|')})$'`);
    }
    return terms;
  }

  /** The selected tracks in the library's order. */
  function inOrder() {
    return [...state.selected].sort((a, b) => a - b);
  }

  function download() {
    save(inOrder(), 'selection');
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

  return {select, selectGroup, selectLike, download, copy};
})();
