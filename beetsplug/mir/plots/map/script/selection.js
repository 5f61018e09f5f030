/* The selected tracks: what they are, their beets query and their playlist. */
const selection = (() => {
  const {byId, element, say, counted, state} = page;
  const {n, ids, genres, clusters, clusterName} = data;
  const {unnamed, save, leftOut} = playlist;

  const MOST_TERMS = 900; // SQLite stops at 1000 alternatives in a query
  const LONGEST_TERM = 100000; // a shell's argument ends at 128 KiB
  const MOST_SHOWN = 5000; // tracks, of which all ids are shown
  const MOST_NAMES = 4;

  /** Select tracks in place of those that were; null for none. */
  function select(tracks) {
    state.selected = tracks && tracks.length ? new Set(tracks) : null;
    byId('selection').hidden = !state.selected;
    if (state.selected) showSelected([...state.selected]);
    return drawing.draw();
  }

  /** Select the tracks of the chosen track's group. */
  function selectLike(dictionary) {
    return selectGroup(dictionary, dictionary.of[state.chosen]);
  }

  /** Select the tracks of a group by its place among the names of a dictionary. */
  function selectGroup({of}, index) {
    const tracks = [];
    for (let i = 0; i < n; i++) if (of[i] === index) tracks.push(i);
    return select(tracks);
  }

  function showSelected(tracks) {
    const left = unnamed(tracks);
    byId('selected-count').textContent = `${counted(tracks.length)} selected`;
    byId('summary').replaceChildren(
      element('dt', 'Genres'),
      ...most(tracks, genres, (index) => genres.names[index]),
      element('dt', 'Clusters'),
      ...most(tracks, clusters, clusterName),
    );
    showQuery(tracks);
    byId('copy').textContent = 'Copy';
    byId('download').disabled = left === tracks.length;
    byId('left-out').textContent = leftOut(left);
    byId('hint').hidden = true;
    say(byId('selected-count').textContent);
  }

  /** The most common names among tracks, with their numbers. */
  function most(tracks, {of, names: all}, nameOf) {
    const counts = new Uint32Array(all.length);
    for (const i of tracks) counts[of[i]]++;
    const used = Array.from(counts, (count, index) => [index, count]).filter(([, c]) => c);
    const sorted = used.sort((a, b) => b[1] - a[1]);
    const told = ([index, count]) => `${nameOf(index) || '(none)'} (${count})`;
    const names = sorted.slice(0, MOST_NAMES).map(told);
    const rest = sorted.length - MOST_NAMES;
    if (rest > 0) names.push(`and ${rest} more`);
    return names.map((text) => element('dd', text));
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

  return {select, selectLike, selectGroup, download, copy};
})();
