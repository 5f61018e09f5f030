/* Into what the tracks fall on the map, by the present colouring: the legend's entries. */
const groups = (() => {
  const {state} = page;
  const {n, genres, clusters, clusterName} = data;

  const MOST_IN_LEGEND = 24; // the rest is one entry more
  const OTHERS = '#999999';

  const kinds = {
    genre: {dictionary: genres, nameOf: (index) => genres.names[index]},
    cluster: {dictionary: clusters, nameOf: clusterName},
  };
  const found = {}; // by kind

  /** What the tracks are coloured by: a dictionary and its names; null if it is a measure. */
  function present() {
    return kinds[state.colour] || null;
  }

  /** The groups {name, colour, symbol, indices, count, isNone}, and for each track which. */
  function shown() {
    if (!present()) return {list: [], of: null};
    found[state.colour] = found[state.colour] || grouped(present());
    return found[state.colour];
  }

  /** The groups of a dictionary, no group last; of very many, the small ones as one. */
  function grouped({dictionary, nameOf}) {
    const counts = new Uint32Array(dictionary.names.length);
    for (let i = 0; i < n; i++) counts[dictionary.of[i]]++;
    const used = [...counts.keys()].filter((index) => counts[index]);
    const large = new Set(used);
    if (used.length > MOST_IN_LEGEND + 1) {
      const bySize = [...used].sort((a, b) => counts[b] - counts[a]);
      bySize.slice(MOST_IN_LEGEND).forEach((index) => large.delete(index));
    }
    const list = used.filter((index) => large.has(index)).map(entry);
    const small = used.filter((index) => !large.has(index));
    if (small.length) list.push(others(small));
    const at = new Uint8Array(counts.length);
    list.forEach(({indices}, group) => indices.forEach((index) => (at[index] = group)));
    return {list, of: Uint8Array.from(dictionary.of, (index) => at[index])};

    function entry(index) {
      const name = nameOf(index);
      return {
        name: name || '(none)',
        colour: dictionary.colours[index],
        symbol: dictionary.symbols[index],
        indices: [index],
        count: counts[index],
        isNone: !name,
      };
    }

    function others(indices) {
      const count = indices.reduce((sum, index) => sum + counts[index], 0);
      const name = `${indices.length} others`;
      return {name, colour: OTHERS, symbol: 0, indices, count, isNone: true};
    }
  }

  /** Whether a group is hidden; another colouring hides others. */
  function isHidden(group) {
    return state.hiddenGroups.has(`${state.colour}\n${group.name}`);
  }

  function toggle(group) {
    const name = `${state.colour}\n${group.name}`;
    if (!state.hiddenGroups.delete(name)) state.hiddenGroups.add(name);
  }

  return {present, shown, isHidden, toggle};
})();
