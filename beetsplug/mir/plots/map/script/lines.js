/* The playlists that are drawn as lines: their names and tracks in the panel. */
const lines = (() => {
  const {byId, element, button, say, counted, state} = page;
  const {titleOf, artistOf} = data;
  const {unnamed, save, leftOut} = playlist;
  const {lookOf} = marks;

  /** Tell of all playlists; of a single one all tracks at once. */
  function show() {
    byId('lines').hidden = !data.lines.length;
    byId('lines').replaceChildren(...data.lines.map(told));
  }

  function told(line, number) {
    const left = unnamed(line.tracks);
    const part = element('div', '', 'line');
    part.setAttribute('role', 'group');
    part.setAttribute('aria-label', line.name);
    part.append(
      heading(line, number),
      buttons(line, number, left),
      element('p', leftOut(left), 'quiet'),
      tracksOf(line),
    );
    return part;
  }

  /** The name of a line beside a piece of it. */
  function heading({name}, number) {
    const {colour, dash} = lookOf(number);
    const piece = element('span', '', 'piece');
    piece.style.borderTop = `3px ${dash} var(${colour})`;
    const made = element('h2', '');
    made.append(piece, element('span', name, 'name'));
    return made;
  }

  function buttons({name, tracks}, number, left) {
    const shown = button('Hide', () => {
      const {hiddenLines} = state;
      if (!hiddenLines.delete(number)) hiddenLines.add(number);
      shown.textContent = hiddenLines.has(number) ? 'Show' : 'Hide';
      say(hiddenLines.has(number) ? 'Hidden' : 'Shown');
      return drawing.draw();
    });
    const saved = button('Download .m3u', () => save(tracks, name));
    saved.disabled = left === tracks.length;
    const row = element('p', '', 'row');
    row.append(element('span', counted(tracks.length), 'count'), shown, saved);
    return row;
  }

  function tracksOf({tracks}) {
    const list = element('ol', '');
    list.append(...tracks.map(entry));
    const made = element('details', '');
    made.open = data.lines.length === 1;
    made.append(element('summary', 'Its tracks, circle to square'), list);
    return made;
  }

  function entry(i) {
    const made = button('', () => panel.choose(i));
    made.dataset.track = i;
    made.append(element('span', titleOf(i), 'name'), element('span', artistOf(i), 'artist'));
    const item = element('li', '');
    item.append(made);
    return item;
  }

  /** Mark the chosen track wherever a playlist has it. */
  function markChosen() {
    for (const made of byId('lines').querySelectorAll('[data-track]')) {
      made.setAttribute('aria-current', String(Number(made.dataset.track) === state.chosen));
    }
  }

  return {show, markChosen};
})();
