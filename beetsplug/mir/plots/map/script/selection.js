/* The selected tracks: what they are, their beets query and their playlist. */
const selection = (() => {
  const {byId, element, say, counted, state} = page;
  const {n, ids, genreOf, clusterOf} = data;
  const {asM3u, save, leftOut} = playlist;

  const MOST_TERMS = 900; // SQLite stops at 1000 alternatives in a query
  const LONGEST_TERM = 100000; // a shell's argument ends at 128 KiB
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
    const {left} = asM3u(tracks);
    byId('selected-count').textContent = `${counted(tracks.length)} selected`;
    byId('summary').replaceChildren(
      element('dt', 'Genres'),
      ...most(tracks, (i) => genreOf(i) || '(none)'),
      element('dt', 'Clusters'),
      ...most(tracks, (i) => clusterOf(i) || '(none)'),
    );
    byId('query').value = asQuery(tracks.map((i) => ids[i]));
    byId('copy').textContent = 'Copy';
    byId('download').disabled = left === tracks.length;
    byId('left-out').textContent = leftOut(left);
    byId('hint').hidden = true;
    say(byId('selected-count').textContent);
  }

  /** The most common names among tracks, with their numbers. */
  function most(tracks, nameOf) {
    const counts = new Map();
    for (const i of tracks) counts.set(nameOf(i), (counts.get(nameOf(i)) || 0) + 1);
    const sorted = [...counts].sort((a, b) => b[1] - a[1]);
    const names = sorted.slice(0, MOST_NAMES).map(([name, count]) => `${name} (${count})`);
    const rest = sorted.length - MOST_NAMES;
    if (rest > 0) names.push(`and ${rest} more`);
    return names.map((text) => element('dd', text));
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

  return {select, selectLike, selectGroup, download, copy};
})();
