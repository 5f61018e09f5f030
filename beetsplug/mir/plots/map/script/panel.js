/* The chosen track: what the panel tells of it, and playing it. */
const panel = (() => {
  const {byId, element, say, state} = page;
  const {ids, features, shown, levelOf} = data;
  const {nearest, titleOf, artistOf, genreOf, clusterOf, linkOf, tagsOf} = data;
  const {reasons} = neighbours;
  const {mark, bringIntoView} = drawing;

  const told = []; // what else shows which track is chosen

  function whenChosen(tell) {
    told.push(tell);
  }

  async function choose(i) {
    state.chosen = i;
    state.near = nearest(i);
    byId('title').textContent = titleOf(i);
    byId('artist').textContent = artistOf(i);
    byId('groups').textContent = `${groupsOf(i)} · id ${ids[i]}`;
    byId('tags').textContent = `sounds like: ${tagsOf(i).join('; ')}`;
    byId('tags').hidden = !tagsOf(i).length;
    byId('neighbours').replaceChildren(...state.near.map(neighbour));
    byId('nearest').hidden = !state.near.length;
    byId('features').replaceChildren(...features.map((_, f) => featureRow(f, i)));
    byId('player').hidden = linkOf(i) === null;
    byId('select-genre').disabled = !genreOf(i);
    byId('select-cluster').disabled = !clusterOf(i);
    told.forEach((tell) => tell());
    stop();
    sides.show('track');
    say(announced(i));
    await mark();
    await bringIntoView(i);
  }

  /** No track is chosen any more. */
  function forget() {
    state.chosen = -1;
    state.near = [];
    told.forEach((tell) => tell());
    stop();
    sides.show('selection');
    return mark();
  }

  function announced(i) {
    const names = [titleOf(i), artistOf(i), genreOf(i) || 'no genre']
      .filter(Boolean)
      .join(', ');
    const {length} = state.near;
    return length ? `${names}. Its ${length} nearest are listed.` : `${names}.`;
  }

  function groupsOf(i) {
    const cluster = clusterOf(i) ? `cluster ${clusterOf(i)}` : 'no cluster';
    return `${genreOf(i) || 'no genre'} · ${cluster}`;
  }

  function neighbour([distance, i]) {
    const button = element('button', '');
    button.type = 'button';
    button.append(
      element('span', titleOf(i), 'name'),
      element('span', distance.toPrecision(3), 'distance'),
      element('span', artistOf(i), 'artist'),
      element('span', reasons(state.chosen, i), 'why'),
    );
    button.addEventListener('click', () => choose(i).then(() => byId('title').focus()));
    const item = element('li', '');
    item.append(button);
    return item;
  }

  function featureRow(f, i) {
    const {name, unit} = features[f];
    const bar = element('meter', '');
    bar.value = levelOf(f, i);
    bar.setAttribute('aria-label', `${name}, from the library's least to its most`);
    const cell = element('td', '');
    cell.append(bar);
    const row = element('tr', '');
    row.append(element('th', name), element('td', `${shown(f, i)} ${unit}`), cell);
    return row;
  }

  function play() {
    const audio = byId('audio');
    audio.src = linkOf(state.chosen);
    audio.hidden = false;
    audio.play().catch(() => say('The browser cannot reach or play this file.'));
  }

  function stop() {
    byId('audio').pause();
    byId('audio').removeAttribute('src');
    byId('audio').hidden = true;
  }

  return {choose, forget, play, whenChosen};
})();
