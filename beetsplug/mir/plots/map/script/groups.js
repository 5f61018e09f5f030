/* Into what the tracks fall on the map, by the present colouring: the legend's entries. */
const groups = (() => {
  const {onPage, state} = page;
  const {ids, genres, clusters, clusterName} = data;

  const MOST_IN_LEGEND = 24; // the rest is one entry more

  /** Groups as {name, colour, symbol, rank, tracks}; without colour if a feature gives it. */
  function groupsShown() {
    if (state.colour === 'genre') return grouped(genres, (index) => genres.names[index]);
    if (state.colour === 'cluster') return grouped(clusters, clusterName);
    return [{name: 'tracks', symbol: 0, tracks: ids.map((_, i) => i)}];
  }

  /** The groups of a dictionary with their tracks; of very many, the small ones as one. */
  function grouped(dictionary, nameOf) {
    const all = dictionary.names.map((_, index) => ({
      name: nameOf(index) || '(none)',
      colour: onPage(dictionary.colours[index]),
      symbol: dictionary.symbols[index],
      rank: index + 1,
      tracks: [],
    }));
    all.unshift(all.pop()); // no group: below the others on the map, last in the legend
    dictionary.of.forEach((index, i) => {
      all[(index + 1) % all.length].tracks.push(i);
    });
    const used = all.filter((group) => group.tracks.length);
    return used.length > MOST_IN_LEGEND + 1 ? withSmallAsOne(used) : used;
  }

  function withSmallAsOne(used) {
    const bySize = [...used].sort((a, b) => b.tracks.length - a.tracks.length);
    const large = new Set(bySize.slice(0, MOST_IN_LEGEND));
    const small = used.filter((group) => !large.has(group));
    const other = {
      name: `${small.length} others`,
      colour: onPage('#999999'),
      symbol: 0,
      rank: 1000,
      tracks: small.flatMap((group) => group.tracks).sort((a, b) => a - b),
    };
    return [other, ...used.filter((group) => large.has(group))];
  }

  return {groupsShown};
})();
