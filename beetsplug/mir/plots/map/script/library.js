/* The library at a glance: how much there is, its clusters, genres and outermost tracks. */
const library = (() => {
  const {byId, element, button, onPage, numbered} = page;
  const {n, artists, genres, clusters, seconds, striking, about} = data;
  const {titleOf, artistOf, genreOf} = data;

  const SHORT = 12; // entries of a list, until all are wanted

  function show() {
    byId('about').textContent = about;
    byId('facts').replaceChildren(...facts().map(fact));
    showClusters();
    showStriking();
    showGenres();
  }

  /** What the library has, as [number, of what]. */
  function facts() {
    const named = (names) => names.filter(Boolean).length;
    return [
      [n, 'track'],
      [named(artists.names), 'artist'],
      duration(),
      [used(genres).length, 'genre'],
      [used(clusters).length, 'cluster'],
    ].filter(([number]) => number);
  }

  function duration() {
    const hours = seconds.sum / 3600;
    if (hours < 1) return [Math.round(seconds.sum / 60), 'minute'];
    return [hours < 10 ? Math.round(hours * 10) / 10 : Math.round(hours), 'hour'];
  }

  function fact([number, of]) {
    const isLength = of === 'hour' || of === 'minute';
    const more = isLength && seconds.unknown ? '+' : ''; // of some nobody knows
    const made = element('div', '');
    made.append(
      element('dt', number === 1 ? of : `${of}s`),
      element('dd', numbered(number) + more),
    );
    return made;
  }

  /** The entries of a dictionary that have a name and tracks, as {index, name, size}. */
  function used(dictionary) {
    return entries(dictionary).filter(({name, size}) => name && size);
  }

  function entries({names, of}) {
    const sizes = new Uint32Array(names.length);
    of.forEach((index) => sizes[index]++);
    return names.map((name, index) => ({index, name, size: sizes[index]}));
  }

  /** The entry of the tracks that are in no group; nothing if all are in one. */
  function left(dictionary, name) {
    const rest = entries(dictionary).filter((entry) => !entry.name && entry.size);
    return rest.map((entry) => ({...entry, name, number: ''}));
  }

  function showClusters() {
    const all = used(clusters).map(({index, name, size}) => {
      return {index, size, number: name, name: clusters.words[index] || 'no name'};
    });
    const none = element('p', 'There are none yet: beet mircluster makes them.', 'quiet');
    byId('cluster-list').replaceChildren(
      element('h3', 'Clusters'),
      ...(all.length
        ? listed([...all, ...left(clusters, 'in no cluster')], groupEntry(clusters))
        : [none]),
    );
  }

  /** The genres, those with most tracks first. */
  function showGenres() {
    const all = used(genres).sort((a, b) => b.size - a.size);
    byId('genre-list').hidden = !all.length;
    byId('genre-list').replaceChildren(
      element('summary', 'Genres'),
      ...listed([...all, ...left(genres, 'without a genre')], groupEntry(genres)),
    );
  }

  function showStriking() {
    byId('striking').hidden = !striking.length;
    byId('striking').replaceChildren(
      element('h3', 'Most striking'),
      ...listed(striking, strikingEntry),
    );
  }

  /** A list of a few entries, and a button that brings the others. */
  function listed(all, entryOf) {
    const list = element('ul', '');
    const some = all.length > SHORT + 2 ? all.slice(0, SHORT) : all;
    list.append(...some.map(entryOf));
    if (some === all) return [list];
    const more = button(`and ${numbered(all.length - SHORT)} more`, () => {
      const isShort = list.children.length === SHORT;
      list.replaceChildren(...(isShort ? all : some).map(entryOf));
      more.textContent = isShort ? 'fewer' : `and ${numbered(all.length - SHORT)} more`;
      more.setAttribute('aria-expanded', String(isShort));
    });
    more.className = 'more';
    more.setAttribute('aria-expanded', 'false');
    return [list, more];
  }

  function groupEntry(dictionary) {
    return ({index, number, name, size}) => {
      const swatch = element('span', '', 'swatch');
      swatch.style.backgroundColor = onPage(dictionary.colours[index]);
      const made = button('', () => selection.selectGroup(dictionary, index));
      made.append(swatch);
      if (number) made.append(element('span', number, 'number'));
      made.append(cut(name, 'name'), element('span', numbered(size), 'count'));
      made.lastChild.append(element('span', size === 1 ? ' track' : ' tracks', 'unseen'));
      const typical = dictionary.typical[index];
      if (number !== '' && typical !== null) made.append(cut(called(typical), 'typical'));
      return item(made);
    };
  }

  function strikingEntry({track, word}) {
    const made = button('', () => panel.choose(track));
    const said = [artistOf(track), genreOf(track)].filter(Boolean).join(' · ');
    made.append(
      element('span', word, 'word'),
      cut(titleOf(track), 'name'),
      cut(said, 'typical'),
    );
    return item(made);
  }

  function called(i) {
    return [titleOf(i), artistOf(i)].filter(Boolean).join(' · ');
  }

  /** Text of which what finds no place is cut off, and is told where the pointer rests. */
  function cut(text, className) {
    const made = element('span', text, className);
    made.title = text;
    return made;
  }

  function item(made) {
    const entry = element('li', '');
    entry.append(made);
    return entry;
  }

  return {show};
})();
