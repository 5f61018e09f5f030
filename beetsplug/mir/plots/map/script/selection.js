/* The selected tracks: what they are, their beets query and their playlist. */
const selection = (() => {
  const {byId, element, say, counted, state} = page;
  const {n, ids, genres, clusters, clusterName} = data;
  const {unnamed, save, leftOut} = playlist;

  const MOST_TERMS = 900; // SQLite stops at 1000 alternatives in a query
  const LONGEST_TERM = 100000; // a shell's argument ends at 128 KiB
  const MOST_SHOWN = 5000; // tracks, of which all ids are shown
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
    for (let i = 0; i < n; i++) if (dictionary.of[i] === index) tracks.push(i);
    const file = dictionary.files?.[index];
    return select(tracks, {dictionary, name: nameOf(dictionary, index), file});
  }

  function nameOf({names, words}, index) {
    if (!words) return names[index] || 'Without a genre';
    if (!names[index]) return 'In no cluster';
    return [`Cluster ${names[index]}`, words[index]].filter(Boolean).join(': ');
  }

  /** Select the tracks of the chosen track's group. */
  function selectLike(dictionary) {
    return selectGroup(dictionary, dictionary.of[state.chosen]);
  }

  function showSelected(tracks, {dictionary, name, file}) {
    const left = unnamed(tracks);
    byId('selection-title').textContent = name || 'Selection';
    byId('selected-file').textContent = file ? `Its playlist is the file ${file}.` : '';
    byId('selected-count').textContent = `${counted(tracks.length)} selected`;
    byId('summary').replaceChildren(
      ...(dictionary === genres
        ? []
        : most(tracks, 'Genres', genres, (index) => genres.names[index])),
      ...(dictionary === clusters ? [] : most(tracks, 'Clusters', clusters, clusterName)),
    );
    showQuery(tracks);
    byId('copy').textContent = 'Copy';
    byId('download').disabled = left === tracks.length;
    byId('left-out').textContent = leftOut(left);
    say([name, byId('selected-count').textContent].filter(Boolean).join(': '));
  }

  /** The most common groups of tracks, with their numbers, below what they are. */
  function most(tracks, kind, {of, names: all}, wordsOf) {
    const counts = new Uint32Array(all.length);
    for (const i of tracks) counts[of[i]]++;
    const used = Array.from(counts, (count, index) => [index, count]).filter(([, c]) => c);
    const sorted = used.sort((a, b) => b[1] - a[1]);
    const told = ([index, count]) => `${wordsOf(index) || '(none)'} (${count})`;
    const names = sorted.slice(0, MOST_NAMES).map(told);
    const rest = sorted.length - MOST_NAMES;
    if (rest > 0) names.push(`and ${rest} more`);
    return [element('dt', kind), ...names.map((text) => element('dd', text))];
  }

  /** Show the query, unless it is so long that to show it would take the browser seconds. */
  function showQuery(tracks) {
    const wanted = idsOf(tracks);
    const isLong = wanted.length > MOST_SHOWN && countRanges(wanted) > MOST_TERMS;
    byId('query').value = isLong ? '' : asQuery(wanted);
    byId('query').placeholder = isLong ? 'Very long: Copy takes all of it' : '';
  }

  function idsOf(tracks) {
    return Float64Array.from(tracks, (i) => ids[i]).sort();
  }

  function countRanges(sorted) {
    return sorted.reduce((count, id, k) => count + (id - 1 !== sorted[k - 1]), 0);
  }

  /** beets' query for ids, as a shell takes it: `id:3..17 , id:40`. */
  function asQuery(sorted) {
    const ranges = [];
    for (const id of sorted) {
      const last = ranges[ranges.length - 1];
      if (last && last[1] === id - 1) last[1] = id;
      else ranges.push([id, id]);
    }
    const terms = ranges.map(([from, to]) =>
      from === to ? `id:${from}` : `id:${from}..${to}`,
    );
    return (terms.length <= MOST_TERMS ? terms : patterns(sorted)).join(' , ');
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
    field.value = asQuery(idsOf(inOrder()));
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
